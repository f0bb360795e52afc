import type { BlockDevice } from '../../device/disk.ts';
import { checkRange } from '../raw-image.ts';

/** For tests: a disk in memory. The bytes stay the caller's to change. */
export function memoryDevice(bytes: Buffer): BlockDevice {
  return {
    sizeBytes: bytes.length,
    read(offset, length) {
      checkRange(bytes.length, offset, length);
      return Buffer.from(bytes.subarray(offset, offset + length));
    },
    close() {},
  };
}
