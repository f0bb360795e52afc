export interface FloodLimits {
  /** Accepted in each second of the clock that chunks are stamped with. Default 4 MiB: 300 times a 115200 baud line. */
  readonly bytesPerSecond?: number;
  /** Accepted in all. Default 256 MiB. */
  readonly totalBytes?: number;
}

/** What was thrown away, and why. */
export interface Flood {
  readonly droppedBytes: number;
  /** Where the first loss is in the transcript. */
  readonly firstOffset: number;
  /** `rate`: too much in one second; `total`: the transcript is full. */
  readonly reason: 'rate' | 'total';
}

/** Decides how much of a chunk is kept. */
export class FloodLimit {
  readonly #perSecond: number;
  readonly #total: number;
  #second = Number.NEGATIVE_INFINITY;
  #inSecond = 0;
  #accepted = 0;
  #flood: Flood | undefined;

  constructor({ bytesPerSecond = 4 * 2 ** 20, totalBytes = 256 * 2 ** 20 }: FloodLimits = {}) {
    this.#perSecond = bytesPerSecond;
    this.#total = totalBytes;
  }

  get flood(): Flood | undefined {
    return this.#flood;
  }

  /** Bytes of a chunk of `length` that are kept, from its start. */
  accept(length: number, atMs: number): number {
    const second = Math.floor(atMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    const roomInSecond = this.#perSecond - this.#inSecond;
    const roomInAll = this.#total - this.#accepted;
    const kept = Math.max(0, Math.min(length, roomInSecond, roomInAll));
    this.#inSecond += kept;
    this.#accepted += kept;
    if (kept < length) {
      this.#flood = {
        droppedBytes: (this.#flood?.droppedBytes ?? 0) + length - kept,
        firstOffset: this.#flood?.firstOffset ?? this.#accepted,
        reason: roomInAll < length ? 'total' : (this.#flood?.reason ?? 'rate'),
      };
    }
    return kept;
  }
}
