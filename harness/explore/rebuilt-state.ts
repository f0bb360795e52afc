import { closeSync, openSync, writeSync } from 'node:fs';
import type { BlockDevice } from '../device/disk.ts';
import type { DiskState, RecordedDisk } from '../blocklog/disk-state.ts';
import { sectorBytes } from '../blocklog/log-format.ts';
import { checkRange } from '../blocklog/raw-image.ts';
import type { CrashState } from './crash-state.ts';

/** A crash state as a disk, read from the log alone: for booting it, and for judging it without what an exploration remembers. */
export class RebuiltState implements BlockDevice {
  readonly sizeBytes: number;
  readonly #whole: DiskState;
  /** What landed of the torn entry, and where. */
  readonly #torn: { readonly offset: number; readonly bytes: Buffer } | undefined;

  constructor(disk: RecordedDisk, { entries, dropped, torn }: CrashState) {
    this.sizeBytes = disk.base.sizeBytes;
    this.#whole = disk.at(torn ? entries - 1 : entries, new Set(dropped));
    if (!torn) return;
    const [from, to] = torn;
    const bytes = disk.log.payload(entries - 1).subarray(from * sectorBytes, to * sectorBytes);
    this.#torn = { offset: (disk.log.entry(entries - 1).sector + from) * sectorBytes, bytes };
  }

  read(offset: number, length: number): Buffer {
    checkRange(this.sizeBytes, offset, length);
    const bytes = this.#whole.read(offset, length);
    if (!this.#torn) return bytes;
    const from = Math.max(offset, this.#torn.offset);
    const to = Math.min(offset + length, this.#torn.offset + this.#torn.bytes.length);
    if (from < to) this.#torn.bytes.copy(bytes, from - offset, from - this.#torn.offset, to - this.#torn.offset);
    return bytes;
  }

  /** Writes this state as a raw image. @throws BenchError `disk-copy-failed`. */
  async materialise(path: string): Promise<void> {
    await this.#whole.materialise(path);
    if (!this.#torn) return;
    const fd = openSync(path, 'r+');
    try {
      const { bytes, offset } = this.#torn;
      writeSync(fd, bytes, 0, bytes.length, offset);
    } finally {
      closeSync(fd);
    }
  }

  close(): void {}
}
