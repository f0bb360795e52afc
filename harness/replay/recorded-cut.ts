import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { LogWrites } from '../blocklog/log-writes.ts';
import { UsageError } from '../errors/harness-error.ts';
import type { CrashState } from '../explore/crash-state.ts';
import type { CaseLedger } from '../record/ledger.ts';
import type { Fault } from '../scenario/api.ts';
import { chooseRecordedCut, type RecordedCutRequest } from '../session/recorded-cut-choice.ts';

const receipt = z.object({
  log: z.looseObject({ base: z.string(), entry: z.number(), phase: z.string(), seed: z.number() }),
});
const judged = z.object({
  kind: z.string(),
  from: z.object({ name: z.string() }),
  to: z.object({ name: z.string() }),
  fault: z.object({ kind: z.literal('power-cut'), phaseAsked: z.string(), lossModel: z.literal('memory+cache') }),
});
const recording = z.object({
  entries: z.number(),
  flushes: z.number(),
  writtenBytes: z.number(),
  windows: z.unknown(),
});

/** A cut as a record has it: where it was asked for, and where it fell. */
export interface RecordedCutFacts {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly phase: string;
  /** Of the receipt. */
  readonly cut: z.infer<typeof receipt>['log'];
  /** What tells its recording from the others of the run. */
  readonly recording: z.infer<typeof recording>;
}

/** The first power cut of a case that was rebuilt from a recording. @throws UsageError `not-a-recorded-cut`. */
export function recordedCutOf({ planned, notes }: CaseLedger): RecordedCutFacts {
  const first = <T>(of: string, schema: z.ZodType<T>): T | undefined =>
    notes.flatMap(({ kind, data }) => (kind === of ? (schema.safeParse(data).data ?? []) : []))[0];
  const [cut, transition, made] = [
    first('receipt', receipt)?.log,
    first('transition', judged),
    first('recording', recording),
  ];
  if (!cut || !transition || !made)
    throw new UsageError(`No power cut that was rebuilt from a recording: case ${planned.case}`, {
      code: 'not-a-recorded-cut',
      hint: 'bisect narrows the cuts of interrupted/cut/* and their like to the writes that matter; `replay` does any case again',
    });
  const { kind, from, to, fault } = transition;
  return { kind, from: from.name, to: to.name, phase: fault.phaseAsked, cut, recording: made };
}

/** Where a run keeps the recording of a cut. @throws UsageError `recording-gone`. */
export async function keptRecording(runDir: string, { recording: wanted }: RecordedCutFacts): Promise<string> {
  const parent = join(runDir, 'recordings');
  for (const name of await readdir(parent).catch(() => [])) {
    const place = join(parent, name);
    const text = await readFile(join(place, 'recording.json'), 'utf8').catch(() => 'null');
    const parsed = z.object({ phases: recording }).safeParse(JSON.parse(text));
    const files = ['base.raw', 'writes.log'].map((leaf) => stat(join(place, leaf)).catch(() => undefined));
    const isWhole = !(await Promise.all(files)).includes(undefined);
    if (isWhole && parsed.success && isDeepStrictEqual(parsed.data.phases, wanted)) return place;
  }
  throw new UsageError(
    `Not kept with the run, or moved away: the recording of ${wanted.entries} writes that was cut, ${runDir}`,
    {
      code: 'recording-gone',
      hint: 'bisect the run that made the recording; from a bundle the update is recorded anew',
    },
  );
}

/** The crash state that was booted. @throws UsageError `recording-gone` when the same choice gives another cut. */
export function stateOf(
  log: LogWrites,
  phases: RecordedCutRequest['phases'],
  { phase, cut }: RecordedCutFacts,
): CrashState & { readonly window: { readonly from: number; readonly to: number } } {
  // what was aimed at stands in the scenario, not in the record: the receipt tells
  for (const aim of [undefined, 'before-commit'] as const) {
    const chosen = chosenBy(() =>
      chooseRecordedCut({
        log,
        phases,
        fault: { at: phase as Fault['at'], ...(aim ? { aim } : {}) },
        base: cut.base,
        seed: cut.seed,
      }),
    );
    if (!chosen || !isDeepStrictEqual(JSON.parse(JSON.stringify(chosen.cut)), cut)) continue;
    // Nothing of what had been in flight behind the last write that landed is on the disk.
    const entries = Math.max(cut.entry, ...chosen.present.map((entry) => entry + 1));
    const window = phases.windows.find(({ from, to }) => from <= cut.entry && cut.entry < to) ?? {
      from: 0,
      to: log.length,
    };
    const dropped = [...chosen.dropped].filter((entry) => entry < entries).sort((a, b) => a - b);
    return { entries, dropped, window };
  }
  throw new UsageError(`Cut elsewhere than its receipt says (entry ${cut.entry}): the recording`, {
    code: 'recording-gone',
    hint: 'is it of the same run and of the same bootproof?',
  });
}

function chosenBy<T>(choose: () => T): T | undefined {
  try {
    return choose();
  } catch {
    return undefined; // a commit that this phase does not issue
  }
}
