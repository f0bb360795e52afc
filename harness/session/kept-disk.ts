import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { BlockDevice } from '../device/disk.ts';

const pieceBytes = 4 * 1024 * 1024;

/** Copies a disk into a new file; what is zero takes no room. */
export function keepDisk(disk: BlockDevice, path: string): void {
  const file = openSync(path, 'wx');
  try {
    ftruncateSync(file, disk.sizeBytes);
    for (let at = 0; at < disk.sizeBytes; at += pieceBytes) {
      const piece = disk.read(at, Math.min(pieceBytes, disk.sizeBytes - at));
      if (!piece.equals(Buffer.alloc(piece.length))) writeSync(file, piece, 0, piece.length, at);
    }
  } finally {
    closeSync(file);
  }
}
