import { exitCodeOf, type ExitCode } from '../record/exit-code.ts';
import type { Ledger } from '../record/ledger.ts';
import { openRun } from '../record/run-record.ts';
import { RecordWriter } from '../record/writer.ts';
import { lackingOf, type Bench } from './bench.ts';
import { BenchRunner } from './bench-runner.ts';
import type { CaseError } from './case-error.ts';
import type { PlanItem } from './plan.ts';
import { CaseQueue } from './queue.ts';
import { writeVerdict, type RunOptions } from './run-options.ts';
import type { Verdict } from './verdict.ts';

export interface RunResult extends ExitCode {
  readonly ledger: Ledger;
  /** By bench: what made it unusable, if anything did. */
  readonly poison: ReadonlyMap<string, CaseError | undefined>;
}

/** Runs a plan: record first, then one worker process a bench. Gives a verdict for every planned case, whatever happens. @throws BenchError `record-not-written`. */
export async function run(options: RunOptions): Promise<RunResult> {
  const startedMs = performance.now();
  const { plan, benches, progress } = options;
  const writer = RecordWriter.create(options.runDir, {
    ...options.facts,
    profile: plan.profile,
    seed: plan.seed,
    benches: Object.fromEntries(benches.map((bench) => [bench.name, benchFacts(bench)])),
    cases: plan.items.map(({ planned }) => planned),
    knownIssues: plan.knownIssues.map((issue) => ({ ...issue, cases: [...issue.cases], codes: [...issue.codes] })),
  });
  try {
    progress.planned(plan.items.length);
    const applicable: PlanItem[] = [];
    for (const item of plan.items) {
      if (item.benches.length > 0) applicable.push(item);
      else writeVerdict(writer, options, item, notApplicable(item), 0);
    }
    const queue = new CaseQueue(applicable);
    const poison = await serveAll(queue, writer, options);
    for (const item of queue.drain()) writeVerdict(writer, options, item, notRun(item, poison, options.abort), 0);
    const { ledger } = await openRun(options.runDir);
    const exit = exitCodeOf(ledger, lackingOf(benches));
    writer.write({
      event: 'run-ended',
      exitCode: exit.code,
      reason: exit.reason,
      durationMs: performance.now() - startedMs,
    });
    return { ...exit, poison, ledger: (await openRun(options.runDir)).ledger };
  } finally {
    progress.close();
    writer.close();
  }
}

/** What made each bench unusable. A record that takes no more lines ends the run on every bench before it is thrown. */
async function serveAll(
  queue: CaseQueue,
  writer: RecordWriter,
  options: RunOptions,
): Promise<Map<string, CaseError | undefined>> {
  const halt = new AbortController();
  const halting = { ...options, abort: AbortSignal.any([options.abort, halt.signal]) };
  const ends = await Promise.allSettled(
    options.benches.map(async (bench) => {
      try {
        return [bench.name, await new BenchRunner(bench, queue, writer, halting).serve()] as const;
      } catch (error) {
        halt.abort();
        throw error;
      }
    }),
  );
  return new Map(
    ends.map((end) => {
      if (end.status === 'rejected') throw end.reason;
      return end.value;
    }),
  );
}

function benchFacts({ file, capabilities, lossModel }: Bench): Record<string, unknown> {
  const { name, target, options, expects, path } = file;
  return { pool: name, target, options, expects: [...expects], file: path, capabilities: [...capabilities], lossModel };
}

function notApplicable({ missing, planned }: PlanItem): Verdict {
  const reason = `${planned.bench} lacks ${missing.join(', ')}`;
  return { verdict: 'not-applicable', reason, code: 'capability-missing', findingCodes: [] };
}

/** A case that no bench took: a person aborted, or every bench that could have run it is out. */
function notRun(item: PlanItem, poison: ReadonlyMap<string, CaseError | undefined>, abort: AbortSignal): Verdict {
  const base: Pick<Verdict, 'verdict' | 'findingCodes'> = { verdict: 'not-run', findingCodes: [] };
  if (abort.aborted) return { ...base, reason: 'the run was aborted before its turn', blame: 'human', code: 'aborted' };
  const reasons = item.benches.map((bench) => `${bench}: ${poison.get(bench)?.message ?? 'ended'}`);
  return { ...base, reason: `no bench left (${reasons.join('; ')})`, blame: 'bench', code: 'bench-poisoned' };
}
