import { setTimeout as pause } from 'node:timers/promises';
import type { ConsolePort } from '../../../harness/device/console.ts';
import { Deadline } from '../../../harness/device/deadline.ts';
import { BenchError, InternalError } from '../../../harness/errors/harness-error.ts';
import type { OpenLine, SerialLine } from './serial-line.ts';

/** A time in which nothing was heard, because the line was gone: what the board said meanwhile is lost. */
export interface Interruption {
  /** ISO 8601, harness clock. */
  readonly at: string;
  readonly reason: string;
  /** Until the line was open again; undefined: it is not. */
  durationMs?: number;
}

export interface SerialPacing {
  readonly chunkBytes: number;
  readonly pauseMs: number;
}

/** How often a line that is gone is tried again. */
const retryMs = 250;

/** A board's console over one line after the other: an adapter that is unplugged and plugged in again, a serial server that restarts. */
export class SerialConsole implements ConsolePort {
  readonly interruptions: Interruption[] = [];
  readonly #listeners = new Set<(chunk: Buffer, atMs: number) => void>();
  #line: SerialLine | undefined;
  #closing: AbortController | undefined;
  #reopening: Promise<void> | undefined;
  #lastByteMs = -Infinity;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly openLine: OpenLine,
    private readonly pacing: SerialPacing,
  ) {}

  /** When the last byte came (performance.now()). */
  get lastByteMs(): number {
    return this.#lastByteMs;
  }

  get isOpen(): boolean {
    return this.#line !== undefined;
  }

  /** @throws BenchError of the line: `no-such-tty`, `tty-busy`, `serial-server-unreachable` ... */
  async open(deadline: Deadline): Promise<void> {
    if (this.#closing) throw new InternalError(`Opened twice: console of ${this.name}`, { code: 'opened-twice' });
    const line = await this.openLine(deadline);
    this.#closing = new AbortController();
    this.#attach(line);
  }

  onData(listener: (chunk: Buffer, atMs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Paced, and in the order of the calls. @throws BenchError `console-lost`. */
  write(data: Buffer): Promise<void> {
    const written = this.#writing.then(() => this.#write(data));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    this.#closing?.abort();
    const line = this.#line;
    this.#line = undefined;
    await this.#reopening;
    await line?.close();
    this.#closing = undefined;
  }

  async #write(data: Buffer): Promise<void> {
    const { chunkBytes, pauseMs } = this.pacing;
    for (let at = 0; at < data.length; at += chunkBytes) {
      const line = this.#line;
      if (!line) throw this.#lost();
      await line.write(data.subarray(at, at + chunkBytes)).catch((cause: unknown) => {
        throw this.#lost(cause);
      });
      if (pauseMs > 0 && at + chunkBytes < data.length) await pause(pauseMs);
    }
  }

  #attach(line: SerialLine): void {
    this.#line = line;
    line.onData((chunk) => {
      this.#lastByteMs = performance.now();
      for (const listener of this.#listeners) listener(chunk, this.#lastByteMs);
    });
    const closing = this.#closing!;
    void line.closed.then((reason) => {
      if (this.#line === line) this.#line = undefined;
      if (closing.signal.aborted) return;
      this.#reopening = this.#reopen(reason?.message ?? 'closed', closing.signal);
    });
  }

  async #reopen(reason: string, signal: AbortSignal): Promise<void> {
    const sinceMs = performance.now();
    const interruption: Interruption = { at: new Date().toISOString(), reason };
    this.interruptions.push(interruption);
    while (!signal.aborted) {
      try {
        const line = await this.openLine(new Deadline(`console of ${this.name}`, 10_000, signal));
        if (signal.aborted) return await line.close();
        interruption.durationMs = performance.now() - sinceMs;
        return this.#attach(line);
      } catch {
        // not yet there; who waits for the console has a deadline
      }
      await pause(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #lost(cause?: unknown): BenchError {
    const last = this.interruptions.at(-1)?.reason;
    return new BenchError(`Console lost${last === undefined ? '' : ` (${last})`}: ${this.name}`, {
      code: 'console-lost',
      hint: 'is its cable plugged in, and does its server run?',
      cause,
    });
  }
}
