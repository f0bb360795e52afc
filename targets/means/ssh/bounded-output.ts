/** The beginning of a stream, up to a bound; the rest is counted out, not kept. */
export class BoundedOutput {
  readonly #chunks: Buffer[] = [];
  #leftBytes: number;
  #isTruncated = false;

  constructor(maxBytes: number) {
    this.#leftBytes = maxBytes;
  }

  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  push(chunk: Buffer): void {
    const kept = chunk.subarray(0, this.#leftBytes);
    if (kept.length < chunk.length) this.#isTruncated = true;
    if (kept.length > 0) this.#chunks.push(kept);
    this.#leftBytes -= kept.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
