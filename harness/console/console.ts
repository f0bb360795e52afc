import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import type { ConsolePort } from '../device/console.ts';
import type { Deadline } from '../device/deadline.ts';
import { AbortError, DeadlineError, InternalError } from '../errors/harness-error.ts';
import { StreamMatcher, type NamedPattern, type StreamMatch } from './matcher.ts';
import type { Transcript } from './transcript.ts';

export interface ConsoleMatch extends StreamMatch {
  /** When the last byte of the match arrived (performance.now()). */
  readonly atMs: number;
}

/** Called with what was kept of each chunk and where it stands in the transcript. */
export type ByteListener = (chunk: Buffer, offset: number, atMs: number) => void;

/** Reading on from here without giving other work a turn would hold up the deadline's own timer. */
const bytesPerTurn = 2 ** 20;

/** A device's console as a transcript that can be waited on. Listens from its construction until `close`. */
export class DeviceConsole {
  readonly #listeners = new Set<ByteListener>();
  readonly #stop: () => void;

  constructor(
    readonly port: ConsolePort,
    readonly transcript: Transcript,
    /** For messages: `qemu-a (serial0)`. */
    readonly name = 'console',
  ) {
    this.#stop = port.onData((chunk, atMs) => {
      const offset = transcript.length;
      const kept = transcript.append(chunk, atMs);
      if (kept.length > 0) for (const listener of this.#listeners) listener(kept, offset, atMs);
    });
  }

  /** Bytes so far: the place to `expect` from for what comes next. */
  get length(): number {
    return this.transcript.length;
  }

  async write(data: Buffer | string): Promise<void> {
    await this.port.write(typeof data === 'string' ? Buffer.from(data, 'utf8') : data);
  }

  onBytes(listener: ByteListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Waits for the pattern that is complete first, at or after byte `from`: what has arrived already counts (see StreamMatcher).
   * @throws DeadlineError `console-silent` when nothing came meanwhile, `console-no-match` when something else did.
   */
  async expect(
    patterns: readonly NamedPattern[],
    { from, deadline }: { readonly from: number; readonly deadline: Deadline },
  ): Promise<ConsoleMatch> {
    const { transcript } = this;
    this.#mustWork();
    const before = from > 0 ? transcript.read(from - 1, 1).toString('latin1') : '';
    const matcher = new StreamMatcher(patterns, from, { before });
    const begunMs = performance.now();
    let position = from;
    for (;;) {
      this.#mustWork();
      const scanMs = performance.now();
      for (const { chunk } of transcript.chunks(position, Math.min(transcript.length, position + bytesPerTurn))) {
        position += chunk.length;
        const match = matcher.push(chunk.toString('latin1'));
        if (match) return { ...match, atMs: this.#atMs(match.end - 1) };
      }
      const tookMs = performance.now() - scanMs;
      this.#check(patterns, deadline, from, begunMs);
      if (position < transcript.length) await turn();
      else await transcript.changed(deadline.signal);
      // Many small chunks: scanning takes at most a fifth of the time, the rest is the device's.
      if (tookMs > 1) await pause(4 * tookMs, undefined, { signal: deadline.signal }).catch(() => undefined);
    }
  }

  /** Stops listening. The transcript stays open: it is closed by who made it. */
  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  #atMs(offset: number): number {
    return (this.transcript.epochMsAt(offset) ?? 0) - performance.timeOrigin;
  }

  #mustWork(): void {
    if (this.transcript.failure) throw this.transcript.failure;
    if (this.transcript.closed)
      throw new InternalError(`Console closed while waited on: ${this.name}`, { code: 'console-closed' });
  }

  #check(patterns: readonly NamedPattern[], deadline: Deadline, from: number, begunMs: number): void {
    const { transcript } = this;
    if (!deadline.signal.aborted) return;
    const plain = deadline.error();
    if (plain instanceof AbortError) throw plain;
    const { lastByteMs, lastLine } = transcript;
    const silent = lastByteMs === undefined || lastByteMs < begunMs;
    const seconds = (sinceMs: number) => Math.round((performance.now() - sinceMs) / 1000);
    const names = patterns.map(({ name }) => name);
    const last = lastLine === '' ? 'no line so far' : `last line: ${lastLine}`;
    const details = { waitedFor: names, from, length: transcript.length, lastLine, flood: transcript.flood };
    if (silent)
      throw new DeadlineError(
        `Console silent for ${seconds(lastByteMs ?? begunMs)} s on ${this.name}: is the guest booting? ${last}`,
        { code: 'console-silent', hint: 'check the wires, the console= kernel argument and the power', details },
      );
    throw new DeadlineError(
      `Console without ${names.join(' or ')} for ${seconds(begunMs)} s on ${this.name}: last byte ${seconds(lastByteMs)} s ago, ${last}`,
      { code: 'console-no-match', hint: 'read console.log from the offset in details.from', details },
    );
  }
}
