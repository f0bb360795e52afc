import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError, InternalError, UsageError } from '../errors/harness-error.ts';
import { bounded, split } from './bounded.ts';
import type { EventOf, PlannedCase, RecordPayload } from './event.ts';
import { recordPayload, recordVersion } from './event.ts';
import { chainStart, lineHash, maxLineBytes, recordFile } from './line.ts';
import { planHash } from './plan-hash.ts';
import { Redactor } from './redaction.ts';
import { vocabulary } from './vocabulary.ts';

/** What the first line says, without what the writer knows itself. */
export type RunPlan = Omit<EventOf<'planned'>, 'event' | 'version' | 'planHash' | 'seq' | 'at' | 'prev'>;

/**
 * Writes `record.jsonl` of one run. Lives in the parent process alone: workers send payloads by IPC, so that one process orders the lines
 * and chains their hashes. Synchronous on purpose: when `write` returns, the line has left this process, and a kill -9 loses at most
 * the line being written. The plan is fsynced before `create` returns, a verdict and the end of the run before `write` does.
 */
export class RecordWriter {
  readonly path: string;
  readonly #fd: number;
  readonly #redactor: Redactor;
  readonly #now: () => Date;
  readonly #open = new Map<string, 'planned' | 'judged'>();
  #seq = 0;
  #head = chainStart;
  #sizeBytes = 0;
  #ended = false;

  private constructor(path: string, fd: number, redactor: Redactor, now: () => Date) {
    this.path = path;
    this.#fd = fd;
    this.#redactor = redactor;
    this.#now = now;
  }

  /** @throws UsageError `record-exists`: a record is never written twice. */
  static create(runDir: string, plan: RunPlan, options: { redactor?: Redactor; now?: () => Date } = {}): RecordWriter {
    const path = join(runDir, recordFile);
    mkdirSync(runDir, { recursive: true });
    const writer = new RecordWriter(
      path,
      openNew(path),
      options.redactor ?? new Redactor(),
      options.now ?? (() => new Date()),
    );
    const clean = writer.#clean(plan) as { cases: PlannedCase[] } & RunPlan;
    for (const planned of clean.cases) {
      if (writer.#open.has(planned.case)) throw invalid(`Case planned twice: ${planned.case}`);
      writer.#open.set(planned.case, 'planned');
    }
    writer.#append({ ...clean, event: 'planned', version: recordVersion, planHash: planHash(clean.cases) });
    writer.#sync();
    syncDirectory(runDir);
    return writer;
  }

  /** sha256 of the last line: kept elsewhere, it proves that nothing was cut off the end. */
  get head(): string {
    return this.#head;
  }

  /**
   * Appends one event. Secrets are taken out, long strings cut.
   * @throws InternalError `record-payload-invalid` for what does not fit the plan or the schema (a second verdict, an unknown case);
   * BenchError `record-not-written` when the host did not take the line (no space): the record then ends with the line before.
   */
  write(payload: RecordPayload): void {
    const clean = this.#clean(payload) as RecordPayload;
    this.#admit(clean);
    for (const part of split(clean)) this.#append(part);
    if (clean.event === 'verdict') this.#open.set(clean.case, 'judged');
    if (clean.event === 'run-ended') this.#ended = true;
    if (clean.event === 'verdict' || clean.event === 'run-ended') this.#sync();
  }

  close(): void {
    closeSync(this.#fd);
  }

  #clean(value: unknown): unknown {
    return bounded(this.#redactor.value(value, vocabulary()));
  }

  #admit(payload: RecordPayload): void {
    if (this.#ended) throw invalid(`Event after the end of the run: ${payload.event}`);
    if (payload.event === 'planned') throw invalid('Plan written twice');
    if (payload.event === 'run-ended') return;
    const state = this.#open.get(payload.case);
    if (state === undefined) throw invalid(`Case not in the plan: ${payload.case}`);
    if (payload.event === 'verdict' && state === 'judged') throw invalid(`Second verdict for ${payload.case}`);
  }

  #append(payload: RecordPayload): void {
    const parsed = recordPayload.safeParse(payload);
    if (!parsed.success) throw invalid(`Event does not fit the schema: ${payload.event}`, parsed.error.issues);
    const { event, ...fields } = parsed.data;
    const line = JSON.stringify({
      seq: this.#seq,
      at: this.#now().toISOString(),
      prev: this.#head,
      event,
      ...fields,
    });
    const bytes = Buffer.from(`${line}\n`);
    if (bytes.length > maxLineBytes)
      throw new InternalError(`Line of ${bytes.length} bytes is too long for a record: ${event}`, {
        code: 'record-line-too-long',
        hint: 'store the data as an attachment',
      });
    this.#put(bytes);
    this.#seq += 1;
    this.#head = lineHash(line);
    this.#sizeBytes += bytes.length;
  }

  /** One write call a line. A short write (no space) is taken back, so that the next line does not stick to half a line. */
  #put(bytes: Buffer): void {
    let written: number;
    try {
      written = writeSync(this.#fd, bytes);
    } catch (cause) {
      throw notWritten(this.path, cause);
    }
    if (written === bytes.length) return;
    ftruncateSync(this.#fd, this.#sizeBytes);
    throw notWritten(this.path, undefined);
  }

  #sync(): void {
    try {
      fsyncSync(this.#fd);
    } catch (cause) {
      throw notWritten(this.path, cause);
    }
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'ax', 0o644);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw new UsageError(`Record exists already: ${path}`, {
        code: 'record-exists',
        hint: 'give the run a directory of its own',
        cause,
      });
    throw notWritten(path, cause);
  }
}

/** The file's name must survive a loss of power on the host too. */
function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function notWritten(path: string, cause: unknown): BenchError {
  const why = cause instanceof Error ? cause.message : 'the file system took only a part of the line';
  return new BenchError(`Record not written (${why}): ${path}`, {
    code: 'record-not-written',
    hint: 'free space on the host, then run again',
    cause,
  });
}

function invalid(message: string, issues?: unknown): InternalError {
  return new InternalError(message, { code: 'record-payload-invalid', details: issues ? { issues } : {} });
}
