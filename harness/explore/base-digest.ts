import { createHash } from 'node:crypto';
import type { BlockDevice } from '../device/disk.ts';

const chunkBytes = 1 << 20;

/** Digest of a disk's content, hex: over the sha256 of each MiB that is not all zeros, with its place. Sparse disks cost what they hold. */
export function digestOf(disk: BlockDevice): string {
  const whole = createHash('sha256').update(`${disk.sizeBytes}\n`);
  const zeros = Buffer.alloc(chunkBytes);
  for (let at = 0; at < disk.sizeBytes; at += chunkBytes) {
    const chunk = disk.read(at, Math.min(chunkBytes, disk.sizeBytes - at));
    if (chunk.equals(zeros.subarray(0, chunk.length))) continue;
    whole.update(`${at} ${createHash('sha256').update(chunk).digest('hex')}\n`);
  }
  return whole.digest('hex');
}
