import type { LogWrites } from '../blocklog/log-writes.ts';
import { boundaryBetween } from './boundary.ts';
import type { CrashState } from './crash-state.ts';
import { minimalSubset } from './minimal-subset.ts';
import type { StateVerdict } from './state-judge.ts';

/** A cut that fails, with as little of it left as still fails. */
export interface NarrowedCut {
  /** The smallest failing state: it fails no more one write earlier, nor with any one of its lost writes on the disk. */
  readonly state: CrashState;
  readonly verdict: StateVerdict;
  /** The codes that each state called failing has. */
  readonly codes: readonly string[];
  /** The next cut position that does not fail, before it and after it; undefined: all of the phase does, on that side. */
  readonly goodBefore: number | undefined;
  readonly goodAfter: number | undefined;
  /** The last position that fails with the same writes lost. */
  readonly lastBad: number;
  readonly statesJudged: number;
}

type Judge = (state: CrashState) => StateVerdict;

/**
 * Narrows a failing state within its phase, cut positions [from, to): the writes that must be lost, then the first position at which losing them
 * fails, then the last. Undefined: the judge has nothing against the state, so there is nothing to go by.
 */
export async function narrowCut(
  log: LogWrites,
  { from, to }: { readonly from: number; readonly to: number },
  given: CrashState,
  judge: Judge,
): Promise<NarrowedCut | undefined> {
  let statesJudged = 0;
  const judged: Judge = (state) => {
    statesJudged += 1;
    return judge(state);
  };
  const codes = codesOf(judged(given));
  if (codes.length === 0) return undefined;
  const fails = (state: CrashState): boolean => {
    const found = codesOf(judged(state));
    return codes.every((code) => found.includes(code));
  };
  const least = ({ entries, dropped }: CrashState): CrashState => ({
    entries,
    dropped: minimalSubset(dropped, (some) => fails({ entries, dropped: some })),
  });
  const at = (entries: number, { dropped }: CrashState): CrashState => cutAt(log, entries, dropped);
  let state = least(given);
  let goodBefore: number | undefined;
  // with fewer writes lost it may fail even earlier
  for (let before: CrashState | undefined; before?.dropped.length !== state.dropped.length;) {
    before = state;
    const { entries } = state;
    const isAll = entries <= from || fails(at(from, before));
    const turn = isAll
      ? { good: undefined, bad: Math.min(from, entries) }
      : await boundaryBetween({ good: from, bad: entries }, (position) => fails(at(position, state)));
    goodBefore = turn.good;
    state = least(at(turn.bad, before));
  }
  const last = Math.max(to - 1, state.entries);
  const after =
    last === state.entries || fails(at(last, state))
      ? { good: undefined, bad: last }
      : await boundaryBetween({ good: last, bad: state.entries }, (entries) => fails(at(entries, state)));
  return {
    state,
    verdict: judge(state),
    codes,
    goodBefore,
    goodAfter: after.good,
    lastBad: after.bad,
    statesJudged,
  };
}

/** A cut after so many entries that loses these writes, as far as they are written by then and no flush has made them safe. */
export function cutAt(log: LogWrites, entries: number, lost: readonly number[]): CrashState {
  let flush = entries - 1;
  while (flush > 0 && !log.has(flush, 'flush')) flush--;
  return { entries, dropped: lost.filter((entry) => flush <= entry && entry < entries) };
}

const codesOf = ({ findings }: StateVerdict): string[] => [...new Set(findings.map(({ code }) => code))].sort();
