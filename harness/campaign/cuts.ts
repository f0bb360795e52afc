import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors/harness-error.ts';
import type { CaseLedger } from '../record/ledger.ts';
import { noteOf } from '../record/note.ts';
import { openRun } from '../record/run-record.ts';

/** One cut of a campaign, as the record of the run that made it tells it. */
export interface Cut {
  /** `interrupted/live/finalize#17` */
  readonly case: string;
  readonly asked: string;
  /** Absent: the fault was not shown to have taken effect. */
  readonly hit: string | undefined;
  readonly verdict: string;
  readonly code: string | undefined;
  readonly bench: string;
  readonly lossModel: string | undefined;
  /** From the command to the proven loss; absent for a cut that was made in a recording. */
  readonly latencyMs: number | undefined;
  /** How long the device stayed without power, at the least; absent where the bench does not decide it. */
  readonly offMs: number | undefined;
  readonly run: string;
}

/** A cut is evidence when it was judged; a bench that failed, or an abort, is none. */
export function counts({ verdict }: Cut): boolean {
  return verdict === 'passed' || verdict === 'failed' || verdict === 'known-issue';
}

/** Whether a restart makes it again: its run ended before its verdict, or before its turn. What broke stays broken, and is shown. */
export function isDone({ verdict }: Cut): boolean {
  return counts({ verdict } as Cut) || verdict === 'broken' || verdict === 'not-applicable';
}

/**
 * The cuts of a campaign, each once: the fold of the records of its runs, in order. The first verdict of a cut stands; a second one (nobody
 * plans a cut that has one) is a problem that is named.
 */
export async function cutsOf(
  directory: string,
  phases: Readonly<Record<string, string>>,
): Promise<{ cuts: Cut[]; problems: string[] }> {
  const cuts = new Map<string, Cut>();
  const problems: string[] = [];
  for (const run of await runsOf(directory)) {
    for (const one of await casesOf(join(directory, run))) {
      const asked = Object.keys(phases).find((phase) => phases[phase] === one.planned.scenario);
      if (asked === undefined || !one.verdict.recorded) continue;
      const cut = cutOf(one, asked, run);
      const before = cuts.get(cut.case);
      if (before && isDone(before)) {
        if (isDone(cut)) problems.push(`${cut.case} was made twice: in ${before.run} and ${run}; the first one counts`);
        continue;
      }
      cuts.set(cut.case, cut);
    }
  }
  return { cuts: [...cuts.values()], problems };
}

/** None of a run that was killed before its plan was whole: it had begun no cut. */
async function casesOf(runDir: string): Promise<readonly CaseLedger[]> {
  try {
    return (await openRun(runDir)).ledger.cases;
  } catch (error) {
    if (error instanceof UsageError && error.code === 'record-empty') return [];
    throw error;
  }
}

/** Directories of runs with a record, oldest first. */
async function runsOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{8}T\d{6}Z-/.test(name)).sort();
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name, 'record.jsonl')).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return names.filter((_, index) => (sizes[index] ?? 0) > 0);
}

function cutOf({ planned, started, notes, verdict }: CaseLedger, asked: string, run: string): Cut {
  // A try that missed its phase comes before the one that the verdict is of.
  const fault = notes.flatMap((note) => noteOf('transition', note)?.fault ?? []).at(-1);
  // The one before it may be of the machine that made the recording.
  const receipt = notes.flatMap((note) => noteOf('receipt', note) ?? []).at(-1);
  return {
    case: planned.case,
    asked,
    hit: fault?.phaseHit,
    verdict: verdict.verdict,
    code: verdict.code,
    bench: started?.bench ?? planned.bench,
    lossModel: fault?.lossModel ?? receipt?.lossModel,
    latencyMs: receipt && !receipt.log ? receipt.latencyMs : undefined,
    offMs: receipt?.offMs,
    run,
  };
}
