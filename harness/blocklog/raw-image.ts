import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { BlockDevice } from '../device/disk.ts';
import { InternalError } from '../errors/harness-error.ts';
import { sectorBytes } from './log-format.ts';

/** @throws InternalError: readers check the numbers that they find on a disk before they use them. */
export function checkRange(sizeBytes: number, offset: number, length: number): void {
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > sizeBytes
  )
    throw new InternalError(`Read beyond the end of a disk: ${length} bytes at ${offset} of ${sizeBytes}`, {
      code: 'disk-read-range',
    });
}

/** A raw disk image in a file, read-only. Its size is rounded up to whole sectors; what the file lacks reads as zeros. */
export class RawImage implements BlockDevice {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #fd: number;

  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'r');
    this.sizeBytes = Math.ceil(fstatSync(this.#fd).size / sectorBytes) * sectorBytes;
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    this.readInto(offset, bytes, 0, length);
    return bytes;
  }

  readInto(offset: number, target: Buffer, at: number, length: number): void {
    checkRange(this.sizeBytes, offset, length);
    for (let done = 0; done < length;) {
      const count = readSync(this.#fd, target, at + done, length - done, offset + done);
      if (count === 0) return void target.fill(0, at + done, at + length);
      done += count;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
