import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { InternalError } from '../errors/harness-error.ts';
import { chunkTimeAt } from './chunk-times.ts';
import { LineSplitter, type ConsoleLine } from './console-line.ts';

export const transcriptFile = 'console.log';
export const timesFile = 'console.times';
const readBytes = 64 * 1024;

/** Reads a transcript from its two files, a range at a time: memory does not grow with what a device said. */
export class TranscriptReader {
  #closed = false;

  protected constructor(
    protected readonly log: number,
    protected readonly times: number,
  ) {}

  /** @throws Error of node:fs when the directory holds no transcript. */
  static open(directory: string): TranscriptReader {
    const log = openSync(join(directory, transcriptFile), 'r');
    try {
      return new TranscriptReader(log, openSync(join(directory, timesFile), 'r'));
    } catch (error) {
      closeSync(log);
      throw error;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes. */
  get length(): number {
    this.#mustBeOpen();
    return fstatSync(this.log).size;
  }

  /** At most `length` bytes from `offset`; fewer at the end. */
  read(offset: number, length: number): Buffer {
    this.#mustBeOpen();
    const size = Math.max(0, Math.min(length, this.length - offset));
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, size === 0 ? 0 : readSync(this.log, buffer, 0, size, offset));
  }

  *chunks(from = 0, to = this.length): Generator<{ chunk: Buffer; offset: number }> {
    for (let offset = from; offset < to;) {
      const chunk = this.read(offset, Math.min(readBytes, to - offset));
      if (chunk.length === 0) return;
      yield { chunk, offset };
      offset += chunk.length;
    }
  }

  /** Lines that begin in [from, to), the last one ended or not. */
  *lines(from = 0, to = this.length): Generator<ConsoleLine> {
    const splitter = new LineSplitter();
    for (const { chunk, offset } of this.chunks(from, to)) yield* splitter.push(chunk, offset);
    const last = splitter.pending();
    if (last) yield last;
  }

  /** When the byte at `offset` arrived: milliseconds since 1970, harness clock. */
  epochMsAt(offset: number): number | undefined {
    this.#mustBeOpen();
    return chunkTimeAt(this.times, offset)?.epochMs;
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.log);
    closeSync(this.times);
  }

  /** A closed descriptor's number may be another file's by now. */
  #mustBeOpen(): void {
    if (this.#closed) throw new InternalError('Transcript read after it was closed', { code: 'transcript-closed' });
  }
}
