import type { LogWrites } from '../blocklog/log-writes.ts';
import type { CrashState } from './crash-state.ts';
import type { Epoch } from './epoch.ts';
import { EpochExplorer } from './epoch-explorer.ts';
import type { StateVerdict } from './state-judge.ts';
import type { ExploreSubject } from './subject.ts';

/** Judges crash states at or after one cut position, in any order, by what an exploration remembers: most take milliseconds. */
export class StateJudgement {
  readonly #explorer: EpochExplorer;
  #epoch: Epoch;

  constructor(subject: ExploreSubject, from: number) {
    this.#explorer = new EpochExplorer(subject, { bound: 'flush', dense: [0, 0], seed: 0, checkShare: 0 });
    this.#epoch = epochAt(this.#explorer.disk.log, from);
    this.#explorer.enter(this.#epoch);
  }

  judge(state: CrashState): StateVerdict {
    const epoch = epochAt(this.#explorer.disk.log, state.entries);
    if (epoch.start !== this.#epoch.start) this.#explorer.enter(epoch);
    this.#epoch = epoch;
    return this.#explorer.judge(state).verdict;
  }

  close(): void {
    this.#explorer.close();
  }
}

/** The entries around a cut position between which nothing is safe for sure. */
function epochAt(log: LogWrites, entries: number): Epoch {
  let start = Math.max(0, entries - 1);
  while (start > 0 && !log.has(start, 'flush')) start--;
  let end = Math.max(entries, start + 1);
  while (end < log.length && !log.has(end, 'flush')) end++;
  return { start, end };
}
