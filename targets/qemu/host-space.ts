import { stat, statfs } from 'node:fs/promises';
import { BenchError } from '../../harness/errors/harness-error.ts';

/** Kept free, so that a full disk stops the bench and not the record. */
const reserveBytes = 256 * 1024 * 1024;

/** @throws BenchError `no-space` when `directory` cannot take `copies` copies of what `disk` really occupies. */
export async function checkSpace(directory: string, disk: string, copies: number): Promise<void> {
  const { blocks } = await stat(disk);
  const neededBytes = blocks * 512 * copies + reserveBytes;
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes) throw noSpace(directory, { neededBytes, freeBytes });
}

export function noSpace(directory: string, details: Record<string, unknown>): BenchError {
  return new BenchError(`No space left for a disk copy: ${directory}`, {
    code: 'no-space',
    hint: 'free some, or put the state directory on a larger disk',
    details,
  });
}
