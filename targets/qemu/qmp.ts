import type { Duplex } from 'node:stream';
import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { JsonLines } from './json-lines.ts';

export interface QmpEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
  /** ISO 8601, harness clock, when the event was read. */
  readonly at: string;
  /** The same by performance.now(). */
  readonly atMs: number;
}

export interface QmpVersion {
  readonly major: number;
  readonly minor: number;
  readonly micro: number;
}

interface Pending {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: BenchError) => void;
}

/**
 * QEMU Machine Protocol (qmp-spec of QEMU) over a connected unix socket. No event is ever dropped: all of them stay in `events`, so a wait
 * that begins late still finds what came early.
 */
export class QmpClient {
  readonly events: QmpEvent[] = [];
  /** Resolves when the other side is gone; with the reason when it was this side that gave up. */
  readonly closed: Promise<BenchError | undefined>;
  readonly #stream: Duplex;
  readonly #lines: JsonLines;
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #pending = new Map<number, Pending>();
  readonly #greeting: Promise<QmpVersion>;
  #greet: (version: QmpVersion) => void = () => undefined;
  #refuseGreeting: (error: BenchError) => void = () => undefined;
  #nextId = 1;
  #isClosed = false;
  #fault: BenchError | undefined;

  constructor(stream: Duplex, { maxLineBytes = 1024 * 1024 }: { maxLineBytes?: number } = {}) {
    this.#stream = stream;
    this.#lines = new JsonLines(maxLineBytes);
    this.#greeting = new Promise((resolve, reject) => {
      this.#greet = resolve;
      this.#refuseGreeting = reject;
    });
    this.#greeting.catch(() => undefined); // nobody may be waiting when it is refused
    this.closed = new Promise((resolve) => stream.once('close', () => resolve(this.#close())));
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('error', () => stream.destroy()); // ECONNRESET after a SIGKILL is an end like any other
    stream.once('end', () => stream.destroy());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Waits for the greeting and leaves negotiation mode. @throws BenchError `qmp-closed`, DeadlineError. */
  async ready(deadline: Deadline): Promise<QmpVersion> {
    const version = await deadline.race(this.#greeting);
    await this.execute('qmp_capabilities', {}, deadline);
    return version;
  }

  /** The command's `return`. @throws BenchError `qmp-error` with QMP's class in the details, `qmp-closed`; DeadlineError. */
  async execute(command: string, args: Record<string, unknown>, deadline: Deadline): Promise<unknown> {
    if (this.#isClosed) throw this.#closedError(command);
    const id = this.#nextId++;
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { command, resolve, reject }));
    this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await deadline.race(answer, () => ({ command }));
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Called with every event from now on. Returns the way to stop. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first event at or after position `from` of `events` that matches. @throws BenchError `qmp-closed`, DeadlineError. */
  async waitFor(matches: (event: QmpEvent) => boolean, deadline: Deadline, from = 0): Promise<QmpEvent> {
    const seen = this.events.slice(from).find(matches);
    if (seen) return seen;
    if (this.#isClosed) throw this.#closedError('an event');
    let stop = (): void => undefined;
    const coming = new Promise<QmpEvent>((resolve) => {
      stop = this.onEvent((event) => matches(event) && resolve(event));
    });
    const ended = this.closed.then(() => {
      throw this.#closedError('an event');
    });
    try {
      return await deadline.race(Promise.race([coming, ended]));
    } finally {
      stop();
    }
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#fault) return;
    try {
      for (const message of this.#lines.push(chunk)) this.#dispatch(message);
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      this.#fault = error;
      this.#stream.destroy();
    }
  }

  #dispatch(message: Record<string, unknown>): void {
    if (typeof message.event === 'string') return this.#emit(message.event, objectOrEmpty(message.data));
    if (typeof message.QMP === 'object') return this.#greet(versionOf(message.QMP));
    const pending = typeof message.id === 'number' ? this.#pending.get(message.id) : undefined;
    if (!pending) return; // an answer whose deadline is over
    if ('return' in message) return pending.resolve(message.return);
    const { class: errorClass, desc } = objectOrEmpty(message.error);
    pending.reject(
      new BenchError(`${String(desc)}: QMP command ${pending.command}`, {
        code: 'qmp-error',
        details: { command: pending.command, class: String(errorClass) },
      }),
    );
  }

  #emit(event: string, data: Record<string, unknown>): void {
    const entry = { event, data, at: new Date().toISOString(), atMs: performance.now() };
    this.events.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  #close(): BenchError | undefined {
    this.#isClosed = true;
    for (const { command, reject } of this.#pending.values()) reject(this.#closedError(command));
    this.#refuseGreeting(this.#closedError('the greeting'));
    return this.#fault;
  }

  #closedError(waitedFor: string): BenchError {
    return (
      this.#fault ??
      new BenchError(`QMP connection ended while waiting for ${waitedFor}`, {
        code: 'qmp-closed',
        hint: 'QEMU has ended: see its last lines',
      })
    );
  }
}

function objectOrEmpty(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function versionOf(greeting: unknown): QmpVersion {
  const { major, minor, micro } = objectOrEmpty(objectOrEmpty(objectOrEmpty(greeting).version).qemu);
  return { major: Number(major), minor: Number(minor), micro: Number(micro) };
}
