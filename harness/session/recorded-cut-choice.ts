import { chooseCut, type ChosenCut, type CutRequest } from '../blocklog/cut.ts';
import type { LogWrites } from '../blocklog/log-writes.ts';
import { seeded } from '../blocklog/seeded.ts';
import { BenchError } from '../errors/harness-error.ts';
import type { CommitPosition } from '../judge/transition.ts';
import type { Fault } from '../scenario/api.ts';
import { positionOf, type CommitPoint } from '../update/phases/commit-point.ts';
import type { PhaseWindow } from '../update/phases/timeline.ts';
import type { RecordingPhases } from './recorded-update.ts';

export interface RecordedCutRequest {
  readonly log: LogWrites;
  readonly phases: Pick<RecordingPhases, 'windows' | 'commit' | 'marks'>;
  readonly fault: Pick<Fault, 'at' | 'aim'>;
  /** sha256 of what tells this recording from every other, hex: goes into the receipt. */
  readonly base: string;
  readonly seed: number;
}

export interface RecordedCut extends ChosenCut {
  readonly position: Exclude<CommitPosition, 'none'>;
}

/**
 * Where a recorded update loses its power. A pure function of the log, the phases, the fault and the seed: the same recording and seed give the
 * same receipt (entry, n-th flush, dropped and landed sectors), another recording of the same update a cut in the same phase.
 * @throws BenchError `phase-not-reached`.
 */
export function chooseRecordedCut({ log, phases, fault, base, seed }: RecordedCutRequest): RecordedCut {
  const { windows, commit, marks } = phases;
  const own = windows.filter(({ phase }) => phase === fault.at);
  if (own.length === 0)
    throw notReached(`Phase not reached in the recording: ${fault.at}`, { windows, phase: fault.at });
  const { before, ...aim } = fault.aim === undefined ? anywhere(own, log, seed) : atCommit(own, commit, log);
  const excluded = [marks.firstSector, marks.sectors] as const;
  const chosen = chooseCut(log, { base, phase: fault.at, seed, excluded, ...aim });
  const cut = { ...chosen.cut, flushInPhase: before + chosen.cut.flushInPhase };
  return { ...chosen, cut, position: positionOf(commit, { entry: cut.entry, landed: chosen.present }) };
}

/** `before`: stretches of the phase's earlier windows, so that the n-th flush is counted through the whole phase. */
interface Aim extends Pick<CutRequest, 'from' | 'to' | 'flushInPhase' | 'losesAll'> {
  readonly before: number;
}

/** A phase that another interrupts has several windows: each stretch between two flushes is as likely as the next, in whichever it lies. */
function anywhere(windows: readonly PhaseWindow[], log: LogWrites, seed: number): Aim {
  const [only, ...more] = windows;
  // The seed picks the stretch itself where there is one window.
  if (only && more.length === 0) return { from: only.from, to: only.to, before: 0 };
  const stretches = windows.map((window) => flushesIn(log, window.from, window.to - 1) + 1);
  // A stream of its own: the position within the stretch comes from the first numbers of the seed's.
  let nth = seeded(seed ^ 0x9e3779b9).integer(stretches.reduce((sum, count) => sum + count, 0));
  let before = 0;
  for (const [i, { from, to }] of windows.entries()) {
    const count = stretches[i]!;
    if (nth < count) return { from, to, flushInPhase: nth, before };
    nth -= count;
    before += count;
  }
  throw new RangeError('a stretch outside all windows');
}

/** As the commit is issued, with all lost that was not flushed before it. */
function atCommit(windows: readonly PhaseWindow[], commit: CommitPoint | undefined, log: LogWrites): Aim {
  const window = windows.find(({ from, to }) => commit && from <= commit.issued && commit.issued < to);
  if (!commit || !window)
    throw notReached(`Commit not issued in this phase of the recording: ${windows[0]?.phase}`, { windows, commit });
  const { from } = window;
  return {
    from,
    to: commit.issued + 1,
    flushInPhase: flushesIn(log, from, commit.issued),
    losesAll: true,
    before: 0,
  };
}

function flushesIn(log: LogWrites, from: number, to: number): number {
  let flushes = 0;
  for (let i = from; i < to; i++) if (log.has(i, 'flush')) flushes++;
  return flushes;
}

function notReached(message: string, details: Record<string, unknown>): BenchError {
  return new BenchError(message, { code: 'phase-not-reached', details });
}
