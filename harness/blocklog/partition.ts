import type { BlockDevice } from '../device/disk.ts';
import { checkRange } from './raw-image.ts';

/** A part of a disk as a disk of its own; start and size in bytes. Closing it leaves the disk open. */
export function partition(device: BlockDevice, start: number, sizeBytes: number): BlockDevice {
  checkRange(device.sizeBytes, start, sizeBytes);
  return {
    sizeBytes,
    read(offset, length) {
      checkRange(sizeBytes, offset, length);
      return device.read(start + offset, length);
    },
    close() {},
  };
}
