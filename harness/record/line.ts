import { createHash } from 'node:crypto';

/** The file in a run's directory that everything else is a function of. */
export const recordFile = 'record.jsonl';

/** Bound on one line: the writer never writes a longer one, so the reader can refuse it without reading it into memory. */
export const maxLineBytes = 16 * 1024 * 1024;

/** `prev` of the first line. */
export const chainStart = '0'.repeat(64);

/** sha256 of a line without its newline, hex: what the next line carries as `prev`. */
export function lineHash(line: Buffer | string): string {
  return createHash('sha256').update(line).digest('hex');
}
