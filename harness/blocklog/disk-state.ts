import { closeSync, openSync, writeSync } from 'node:fs';
import { execa } from 'execa';
import type { BlockDevice } from '../device/disk.ts';
import { BenchError, InternalError } from '../errors/harness-error.ts';
import { sectorBytes } from './log-format.ts';
import { LogWrites } from './log-writes.ts';
import { checkRange, RawImage } from './raw-image.ts';
import { fromBase, WriteHistory } from './write-history.ts';

const noneDropped: ReadonlySet<number> = new Set();
const copyBytes = 1 << 20;

/** A recorded disk: its base image and its log, opened once, from which any number of states are made at no cost. */
export class RecordedDisk {
  readonly base: RawImage;
  readonly log: LogWrites;
  readonly history: WriteHistory;

  private constructor(base: RawImage, log: LogWrites) {
    this.base = base;
    this.log = log;
    this.history = new WriteHistory(log);
  }

  /** Takes a `Recording`. @throws LogDamage */
  static open({ basePath, logPath }: { readonly basePath: string; readonly logPath: string }): RecordedDisk {
    const base = new RawImage(basePath);
    try {
      return new RecordedDisk(base, LogWrites.open(logPath, { diskSizeBytes: base.sizeBytes }));
    } catch (error) {
      base.close();
      throw error;
    }
  }

  /** The disk after entries [0, entries) without those in `dropped`. */
  at(entries: number, dropped: ReadonlySet<number> = noneDropped): DiskState {
    return new DiskState(this, entries, dropped);
  }

  close(): void {
    this.base.close();
    this.log.close();
  }
}

/** What the disk holds at one point of its recording. Reads take each sector from the last entry that wrote it; nothing is copied. */
export class DiskState implements BlockDevice {
  readonly sizeBytes: number;

  constructor(
    readonly disk: RecordedDisk,
    readonly entries: number,
    readonly dropped: ReadonlySet<number> = noneDropped,
  ) {
    if (!Number.isInteger(entries) || entries < 0 || entries > disk.history.entries)
      throw new InternalError(`No such position: entry ${entries} of ${disk.history.entries}`, {
        code: 'log-entry-range',
      });
    this.sizeBytes = disk.base.sizeBytes;
  }

  /** Discards before this position. Their sectors read as what was last written: a disk need not make them zeros. */
  get discards(): number {
    let count = 0;
    for (let i = 0; i < this.entries; i++) if (this.disk.log.has(i, 'discard')) count++;
    return count;
  }

  read(offset: number, length: number): Buffer {
    checkRange(this.sizeBytes, offset, length);
    const bytes = Buffer.allocUnsafe(length);
    const first = Math.floor(offset / sectorBytes);
    const count = Math.ceil((offset + length) / sectorBytes) - first;
    this.#runs(first, count, (source, sector, sectors) => {
      const from = Math.max(offset, sector * sectorBytes);
      const to = Math.min(offset + length, (sector + sectors) * sectorBytes);
      this.#readInto(source, from, bytes, from - offset, to - from);
    });
    return bytes;
  }

  /** Writes this state as a raw image, as sparse as the base. @throws BenchError `disk-copy-failed`. */
  async materialise(path: string): Promise<void> {
    const copy = await execa('cp', ['--sparse=auto', '--reflink=auto', '--', this.disk.base.path, path], {
      reject: false,
    });
    if (copy.failed)
      throw new BenchError(`Cannot copy the base image: ${copy.stderr || copy.shortMessage}`, {
        code: 'disk-copy-failed',
        hint: 'is there room on the host?',
        cause: copy,
      });
    const fd = openSync(path, 'r+');
    try {
      for (const [sector, sectors] of this.disk.history.writtenRanges())
        this.#runs(sector, sectors, (source, from, count) => {
          if (source !== fromBase) this.#copyTo(fd, source, from * sectorBytes, count * sectorBytes);
        });
    } finally {
      closeSync(fd);
    }
  }

  /** The base image and the log belong to the recorded disk and stay open. */
  close(): void {}

  #runs(first: number, count: number, visit: (source: number, sector: number, sectors: number) => void): void {
    this.disk.history.runs(first, count, this.entries, this.dropped, visit);
  }

  #copyTo(fd: number, source: number, offset: number, length: number): void {
    for (let done = 0; done < length; done += copyBytes) {
      const bytes = Buffer.allocUnsafe(Math.min(copyBytes, length - done));
      this.#readInto(source, offset + done, bytes, 0, bytes.length);
      writeSync(fd, bytes, 0, bytes.length, offset + done);
    }
  }

  #readInto(source: number, offset: number, target: Buffer, at: number, length: number): void {
    if (source === fromBase) return this.disk.base.readInto(offset, target, at, length);
    const start = this.disk.log.entry(source).sector * sectorBytes;
    this.disk.log.readInto(source, offset - start, target, at, length);
  }
}
