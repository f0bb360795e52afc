import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../errors/harness-error.ts';
import { formatChunkTime } from './chunk-times.ts';
import { FloodLimit, type Flood, type FloodLimits } from './flood-limit.ts';
import { timesFile, transcriptFile, TranscriptReader } from './transcript-reader.ts';
import { visibleText } from './visible-text.ts';

/** Enough for a last line of 500 characters with colours, and for a prompt after it. */
const tailBytes = 4096;

/**
 * Everything a device said, byte for byte, in `console.log`, with the arrival times of its chunks in `console.times`.
 * Written as it arrives, so that a harness that is killed loses nothing; bounded against a flood, and what is dropped is counted.
 */
export class Transcript extends TranscriptReader {
  readonly #limit: FloodLimit;
  readonly #hash = createHash('sha256');
  readonly #waiting = new Set<() => void>();
  #length = 0;
  #tail = Buffer.alloc(0);
  #lastByteMs: number | undefined;
  #lastTimeMs: number | undefined;
  #unnotedDrop = 0;
  #failure: BenchError | undefined;

  private constructor(
    readonly path: string,
    log: number,
    times: number,
    limits: FloodLimits,
  ) {
    super(log, times);
    this.#limit = new FloodLimit(limits);
  }

  /** Makes the directory. @throws Error of node:fs when a transcript is there already: evidence is never overwritten. */
  static create(directory: string, limits: FloodLimits = {}): Transcript {
    mkdirSync(directory, { recursive: true });
    const log = openSync(join(directory, transcriptFile), 'wx+');
    try {
      const times = openSync(join(directory, timesFile), 'wx+');
      return new Transcript(join(directory, transcriptFile), log, times, limits);
    } catch (error) {
      closeSync(log);
      throw error;
    }
  }

  override get length(): number {
    return this.#length;
  }

  /** When the last byte came, kept or dropped (performance.now()). */
  get lastByteMs(): number | undefined {
    return this.#lastByteMs;
  }

  get flood(): Flood | undefined {
    return this.#limit.flood;
  }

  /** Set when the transcript could not be written (disk full): nothing was kept from then on. */
  get failure(): BenchError | undefined {
    return this.#failure;
  }

  /** The last line that is not empty, ended or not; at most 500 characters. */
  get lastLine(): string {
    const lines = this.#tail
      .toString('utf8')
      .split(/[\r\n]+/)
      .map((line) => visibleText(line).trim());
    return lines.findLast((line) => line !== '') ?? '';
  }

  /** Of the bytes so far, hex. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Adds a chunk; returns the part that was kept. Never throws, since a port's callback has nobody to catch: see `failure`. */
  append(chunk: Buffer, atMs: number): Buffer {
    if (this.closed || chunk.length === 0) return chunk.subarray(0, 0);
    this.#lastByteMs = atMs;
    const kept = this.#failure ? chunk.subarray(0, 0) : chunk.subarray(0, this.#limit.accept(chunk.length, atMs));
    if (kept.length > 0) this.#write(kept, atMs);
    this.#unnotedDrop += chunk.length - kept.length;
    this.#wake();
    return this.#failure ? chunk.subarray(0, 0) : kept;
  }

  /** Settles at the next byte, at a failure, when the transcript is closed, or when `signal` fires. Never rejects. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.closed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.#waiting.add(done);
    });
  }

  /** Safe to call twice. Length, hash and last line stay readable; ranges are then read through TranscriptReader.open. */
  override close(): void {
    if (this.closed) return;
    if (this.#unnotedDrop > 0 && !this.#failure) this.#guard(() => this.#writeTime(this.#lastByteMs ?? 0));
    super.close();
    this.#wake();
  }

  #write(kept: Buffer, atMs: number): void {
    this.#guard(() => {
      if (Math.floor(atMs) !== this.#lastTimeMs || this.#unnotedDrop > 0) this.#writeTime(atMs);
      for (let written = 0; written < kept.length;) written += writeSync(this.log, kept, written);
      this.#hash.update(kept);
      this.#length += kept.length;
      this.#tail = Buffer.from(Buffer.concat([this.#tail, kept.subarray(-tailBytes)]).subarray(-tailBytes));
    });
  }

  #writeTime(atMs: number): void {
    const epochMs = Math.floor(performance.timeOrigin + atMs);
    writeSync(this.times, formatChunkTime({ offset: this.#length, epochMs, droppedBytes: this.#unnotedDrop }));
    this.#lastTimeMs = Math.floor(atMs);
    this.#unnotedDrop = 0;
  }

  #guard(write: () => void): void {
    try {
      write();
    } catch (cause) {
      this.#failure = new BenchError(`Console transcript not written: ${this.path}`, {
        code: 'transcript-write-failed',
        hint: 'is the disk of this machine full?',
        details: { path: this.path, keptBytes: this.#length },
        cause,
      });
    }
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}
