import { createReadStream } from 'node:fs';
import { UsageError } from '../errors/harness-error.ts';
import type { RecordEvent } from './event.ts';
import { recordEvent, recordVersion } from './event.ts';
import { chainStart, lineHash, maxLineBytes } from './line.ts';

export interface RecordEnd {
  /** Whole lines. */
  readonly lines: number;
  /** sha256 of the last whole line, hex. */
  readonly head: string;
  /** What stands after the last newline: the line that was being written when the harness ended. Not read. */
  readonly truncated: { readonly atLine: number; readonly bytes: number } | undefined;
}

/**
 * Reads a record line by line, checks the chain and hands on each event; memory is bounded by one line.
 * @throws UsageError `record-unreadable`, `record-empty` (not even a plan), `record-newer`, `record-tampered` (a line is not the one
 * that was written there), `record-line-too-long`. All name the line. Lines missing at the very end cannot be seen here: compare `head`.
 */
export async function readRecord(path: string, onEvent: (event: RecordEvent) => void): Promise<RecordEnd> {
  return readRecordFrom(path, chunksOf(path), onEvent);
}

/** The same of a record that is no file of its own (inside of a bundle); `path` is what it is called in errors. */
export async function readRecordFrom(
  path: string,
  chunks: AsyncIterable<Buffer>,
  onEvent: (event: RecordEvent) => void,
): Promise<RecordEnd> {
  let head = chainStart;
  let lines = 0;
  let truncated: RecordEnd['truncated'];
  for await (const { line, whole } of linesOf(path, chunks)) {
    const number = lines + 1;
    if (!whole) {
      truncated = { atLine: number, bytes: line.length };
      break;
    }
    const data = parse(path, number, line);
    if (number === 1) checkVersion(path, data);
    checkChain(path, number, data, head);
    const event = recordEvent.safeParse(data);
    if (!event.success)
      throw refused(
        'record-tampered',
        `Line ${number} is no event of record version ${recordVersion}: ${path}`,
        number,
        {
          issues: event.error.issues.slice(0, 5),
        },
      );
    if ((number === 1) !== (event.data.event === 'planned'))
      throw refused('record-tampered', `Line ${number} is ${event.data.event}, out of its place: ${path}`, number);
    onEvent(event.data);
    head = lineHash(line);
    lines = number;
  }
  if (lines === 0) throw refused('record-empty', `Record holds no whole plan: ${path}`, 1);
  return { lines, head, truncated };
}

async function* linesOf(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<{ line: Buffer; whole: boolean }> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 1;
  const push = (part: Buffer) => {
    length += part.length;
    if (length > maxLineBytes)
      throw refused('record-line-too-long', `Line ${number} is longer than ${maxLineBytes} bytes: ${path}`, number);
    parts.push(part);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      push(chunk.subarray(from, at));
      yield { line: Buffer.concat(parts), whole: true };
      [parts, length, from] = [[], 0, at + 1];
      number += 1;
    }
    push(chunk.subarray(from));
  }
  if (length > 0) yield { line: Buffer.concat(parts), whole: false };
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new UsageError(`Record cannot be read (${(cause as Error).message}): ${path}`, {
      code: 'record-unreadable',
      hint: 'give the directory of a run: it holds record.jsonl',
      cause,
    });
  }
}

function parse(path: string, number: number, line: Buffer): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(line.toString('utf8'));
    if (typeof data === 'object' && data !== null) return data as Record<string, unknown>;
  } catch {
    // Told below: a whole line that is not JSON was not written by the writer.
  }
  throw refused('record-tampered', `Line ${number} is not JSON: ${path}`, number);
}

function checkVersion(path: string, data: Record<string, unknown>): void {
  if (typeof data['version'] !== 'number' || data['version'] <= recordVersion) return;
  throw new UsageError(
    `Record version ${data['version']} is newer than ${recordVersion}, the newest known here: ${path}`,
    {
      code: 'record-newer',
      hint: 'read it with the version of bootproof that wrote it, or a later one',
    },
  );
}

function checkChain(path: string, number: number, data: Record<string, unknown>, head: string): void {
  if (data['seq'] !== number - 1)
    throw refused('record-tampered', `Line ${number} carries number ${String(data['seq'])}: ${path}`, number);
  if (data['prev'] === head) return;
  const which = number === 1 ? 'the first line does not begin the chain' : `line ${number - 1} is not what it was`;
  throw refused('record-tampered', `Hash mismatch at line ${number} (${which}): ${path}`, number);
}

function refused(code: string, message: string, line: number, details: Record<string, unknown> = {}): UsageError {
  const hints: Record<string, string> = {
    'record-tampered': 'the file was changed after it was written: it is no evidence any more',
    'record-empty': 'the harness ended before the run began',
  };
  const hint = hints[code];
  return new UsageError(message, { code, details: { line, ...details }, ...(hint ? { hint } : {}) });
}
