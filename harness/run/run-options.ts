import type { RecordedOutcome } from '../record/event.ts';
import type { RecordWriter, RunPlan } from '../record/writer.ts';
import type { Bench } from './bench.ts';
import type { Plan, PlanItem } from './plan.ts';
import type { Progress } from './progress.ts';
import type { Verdict } from './verdict.ts';

export interface RunOptions {
  readonly plan: Plan;
  readonly benches: readonly Bench[];
  readonly runDir: string;
  /** For the first line of the record: run id, tool, images, host. */
  readonly facts: Pick<RunPlan, 'run' | 'tool' | 'images' | 'host'>;
  /** URL of the module whose `openBench` the workers call. */
  readonly factoryModule: string;
  /** Handed on to `openBench`. */
  readonly images: string;
  readonly budgetMs: number;
  /** The device stays as the case left it, until `abort`: for a plan of one case. */
  readonly hold?: boolean;
  /** Who runs this and why: told to others who want one of its benches. */
  readonly use?: string;
  /** How long a case may be over its budget before its worker is ended; default 60 s. */
  readonly backstopMs?: number;
  /** The line that does a case again. */
  readonly reproduce: (item: PlanItem) => string;
  readonly progress: Progress;
  /** The first Ctrl-C: cases in hand end as aborted, benches are released. */
  readonly abort: AbortSignal;
  /** The second one: workers are killed, and the record is ended all the same. */
  readonly kill?: AbortSignal;
  readonly today?: () => string;
}

/** The last line of a case in the record, and on the screen. @throws BenchError `record-not-written`. */
export function writeVerdict(
  writer: RecordWriter,
  { reproduce, progress }: Pick<RunOptions, 'reproduce' | 'progress'>,
  item: PlanItem,
  verdict: Verdict & { readonly outcome?: RecordedOutcome },
  durationMs: number,
): void {
  const id = item.planned.case;
  writer.write({ event: 'verdict', case: id, ...verdict, durationMs, reproduce: reproduce(item) });
  progress.caseEnded(id, verdict, durationMs);
}
