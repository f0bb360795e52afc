import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { InternalError } from '../errors/harness-error.ts';
import { EntryTable } from './entry-table.ts';
import { headerBytes, headerProblem, isHole, LogDamage, logFlags, parseHeader, parseSuperblock } from './log-format.ts';
import { sectorBytes } from './log-format.ts';

export interface LogEntry {
  readonly index: number;
  /** First sector and number of sectors, 512 bytes each; 0 for a flush without data and for a mark. */
  readonly sector: number;
  readonly sectors: number;
  /** A sum of `logFlags`. */
  readonly flags: number;
  /** Where the payload stands in the log file, bytes. A discard has none. */
  readonly dataOffset: number;
  readonly dataLength: number;
}

/** What follows the last whole entry: a write to the log that the recorder's end interrupted. */
export interface TornTail {
  /** Index that the torn entry would have had. */
  readonly index: number;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
}

export interface LogOptions {
  /** Size of the recorded disk; an entry beyond it is damage. */
  readonly diskSizeBytes?: number;
  /** Used while the log has no superblock yet. Default 512. */
  readonly sectorSizeBytes?: number;
}

/** Deepest queue of a virtio disk: as many log writes may have been in flight when the recorder was killed. */
const inFlightLimit = 256;

/**
 * A dm-log-writes log, read by its entries' headers; payloads stay in the file until asked for. The superblock is only a
 * hint: entries are read to the end of the file, a torn last one is dropped and reported.
 */
export class LogWrites {
  readonly path: string;
  readonly #fd: number;
  readonly #diskSizeBytes: number | undefined;
  readonly #table = new EntryTable();
  #sectorSizeBytes: number;
  #promised = 0;
  #end = 0;
  #torn: TornTail | undefined;

  private constructor(path: string, fd: number, options: LogOptions) {
    this.path = path;
    this.#fd = fd;
    this.#diskSizeBytes = options.diskSizeBytes;
    this.#sectorSizeBytes = options.sectorSizeBytes ?? sectorBytes;
  }

  /** @throws LogDamage for a file that no recorder can have written. */
  static open(path: string, options: LogOptions = {}): LogWrites {
    const fd = openSync(path, 'r');
    try {
      const log = new LogWrites(path, fd, options);
      log.refresh();
      return log;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  get length(): number {
    return this.#table.length;
  }

  /** Entries that the superblock promises; 0 before it was written. More than `length` only when writes were in flight at a kill. */
  get promised(): number {
    return this.#promised;
  }

  get torn(): TornTail | undefined {
    return this.#torn;
  }

  /** Reads what has been added to the file since. Returns the number of entries now. */
  refresh(): number {
    const fileBytes = fstatSync(this.#fd).size;
    const head = this.#pread(0, Math.min(sectorBytes, fileBytes));
    const superblock = parseSuperblock(head);
    if (superblock) this.#promised = superblock.entries;
    if (superblock && superblock.sectorSizeBytes !== this.#sectorSizeBytes) {
      if (this.length > 0) throw new LogDamage('The sector size of the log does not fit the entries read so far');
      this.#sectorSizeBytes = superblock.sectorSizeBytes;
    }
    if (this.#end === 0) this.#end = this.#sectorSizeBytes;
    this.#torn = this.#scan(fileBytes);
    return this.length;
  }

  entry(index: number): LogEntry {
    return this.#table.at(index);
  }

  *entries(from = 0, to = this.length): Generator<LogEntry> {
    for (let i = from; i < to; i++) yield this.#table.at(i);
  }

  has(index: number, flag: keyof typeof logFlags): boolean {
    return (this.#table.flags(index) & logFlags[flag]) !== 0;
  }

  /** How many entries stand whole before this offset in the log file: turns a recording's `logBytes` into a position. */
  entriesBefore(logBytes: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { dataOffset, dataLength } = this.#table.at(middle);
      if (dataOffset + dataLength <= logBytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** `length` bytes of an entry's payload into `target`. */
  readInto(index: number, from: number, target: Buffer, at: number, length: number): void {
    const { dataOffset, dataLength } = this.#table.at(index);
    if (from < 0 || from + length > dataLength)
      throw new InternalError(`Read beyond the payload of log entry ${index}`, { code: 'log-read-range' });
    this.#preadInto(dataOffset + from, target, at, length);
  }

  payload(index: number): Buffer {
    const { dataOffset, dataLength } = this.#table.at(index);
    return this.#pread(dataOffset, dataLength);
  }

  /** The text of a MARK entry; undefined for any other. */
  mark(index: number): string | undefined {
    return this.has(index, 'mark') ? this.payload(index).toString('utf8').replace(/\0+$/, '') : undefined;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #scan(fileBytes: number): TornTail | undefined {
    const unit = this.#sectorSizeBytes;
    const header = Buffer.alloc(headerBytes);
    while (this.#end < fileBytes) {
      const offset = this.#end;
      const index = this.length;
      const tail = (reason: string): TornTail => ({ index, offset, bytes: fileBytes - offset, reason });
      if (offset + unit > fileBytes) return tail('the header is cut off');
      this.#preadInto(offset, header, 0, headerBytes);
      const parsed = parseHeader(header);
      if (isHole(parsed)) {
        if (index + inFlightLimit >= this.#promised) return tail('the header was never written');
        throw this.#damage(index, offset, 'the header is empty, in the middle of the log');
      }
      const problem = headerProblem(parsed, unit, this.#diskSizeBytes);
      if (problem) throw this.#damage(index, offset, problem);
      const isMark = (parsed.flags & logFlags.mark) !== 0;
      const payload = parsed.flags & logFlags.discard ? 0 : parsed.sectors * unit;
      if (offset + unit + payload > fileBytes) return tail('the payload is cut off');
      const scale = unit / sectorBytes;
      this.#table.push(
        parsed.sector * scale,
        parsed.sectors * scale,
        parsed.flags,
        isMark ? offset + headerBytes : offset + unit,
        isMark ? parsed.dataLength : payload,
      );
      this.#end = offset + unit + payload;
    }
    return undefined;
  }

  #damage(index: number, offset: number, problem: string): LogDamage {
    return new LogDamage(`Damaged block log: entry ${index} at byte ${offset} of ${this.path}: ${problem}`, {
      index,
      offset,
      promised: this.#promised,
    });
  }

  #pread(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    this.#preadInto(offset, bytes, 0, length);
    return bytes;
  }

  #preadInto(offset: number, target: Buffer, at: number, length: number): void {
    for (let done = 0; done < length;) {
      const count = readSync(this.#fd, target, at + done, length - done, offset + done);
      if (count === 0) throw new LogDamage(`The block log ends before byte ${offset + length}: ${this.path}`);
      done += count;
    }
  }
}
