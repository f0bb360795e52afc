import type { LogWrites } from '../blocklog/log-writes.ts';
import { seeded } from '../blocklog/seeded.ts';
import type { CrashState } from './crash-state.ts';
import { statesOf, type Enumeration } from './enumeration.ts';
import { epochsOf } from './epoch.ts';

/**
 * `count` of the states that a bound has within cut positions [from, to), each as likely as any other, in the order of the log; all of them where
 * there are no more. The same seed takes the same ones. One pass, nothing kept but the sample.
 */
export function sampledStates(
  log: LogWrites,
  [from, to]: readonly [from: number, to: number],
  enumeration: Enumeration,
  { count, seed }: { readonly count: number; readonly seed: number },
): CrashState[] {
  if (count === 0) return [];
  const random = seeded(seed);
  const sample: { readonly at: number; readonly state: CrashState }[] = [];
  let seen = 0;
  for (const epoch of epochsOf(log)) {
    if (epoch.end < from || epoch.start >= to) continue;
    for (const { kind: _kind, ...state } of statesOf(log, epoch, enumeration)) {
      if (state.entries < from || state.entries >= to) continue;
      const at = seen++;
      if (sample.length < count) sample.push({ at, state });
      else {
        const place = random.integer(seen);
        if (place < count) sample[place] = { at, state };
      }
    }
  }
  return sample.sort((a, b) => a.at - b.at).map(({ state }) => state);
}
