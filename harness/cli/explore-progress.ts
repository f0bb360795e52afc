import { elapsed } from '../run/bench-status.ts';
import type { ExplorationState } from '../explore/explore-all.ts';

const everyMs = 2000;

/** States done, rate, failing ones, time left: a line that stays in its place on a terminal, one every few seconds elsewhere. */
export class ExploreProgress {
  readonly #write: (text: string) => void;
  readonly #isTty = process.stderr.isTTY;
  #shownMs = -Infinity;

  /** On stderr, for one exploration. */
  static async during<T>(body: (onProgress: (state: ExplorationState) => void) => Promise<T>): Promise<T> {
    const progress = new ExploreProgress((text) => process.stderr.write(text));
    try {
      return await body((state) => progress.show(state));
    } finally {
      progress.close();
    }
  }

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  show(state: ExplorationState): void {
    if (state.wallMs - this.#shownMs < everyMs && state.done < state.all) return;
    this.#shownMs = state.wallMs;
    this.#write(this.#isTty ? `\r\u001b[2K${progressLine(state)}` : `${progressLine(state)}\n`);
  }

  close(): void {
    if (this.#isTty) this.#write('\n');
  }
}

export function progressLine({ done, all, resumed, classes, failing, wallMs }: ExplorationState): string {
  const rate = (done - resumed) / Math.max(1, wallMs / 1000);
  const left = rate > 0 && done < all ? `, ${elapsed(((all - done) / rate) * 1000)} left` : '';
  const share = all === 0 ? 100 : Math.floor((done / all) * 100);
  return `explore: ${done} of ${all} states (${share} %), ${rate.toFixed(0)}/s, ${classes} classes, ${failing} failing${left}`;
}
