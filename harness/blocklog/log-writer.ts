import { closeSync, openSync, writeSync } from 'node:fs';
import { InternalError } from '../errors/harness-error.ts';
import { encodeHeader, encodeSuperblock, headerBytes, logFlags, sectorBytes } from './log-format.ts';

export interface LogWriterOptions {
  /** 512 (default) to 4096. */
  readonly sectorSizeBytes?: number;
  /** When the superblock is brought up to date: `always` (default), or `never`, as a killed recorder leaves it. */
  readonly superblock?: 'always' | 'never';
}

/** Writes a dm-log-writes log: for a device without QEMU, and for tests. Sectors are 512 bytes; payloads fill whole log sectors. */
export class LogWriter {
  readonly #fd: number;
  readonly #unit: number;
  readonly #superblock: 'always' | 'never';
  #offset: number;
  #entries = 0;

  constructor(path: string, options: LogWriterOptions = {}) {
    this.#unit = options.sectorSizeBytes ?? sectorBytes;
    this.#superblock = options.superblock ?? 'always';
    this.#fd = openSync(path, 'w+');
    this.#offset = this.#unit;
    this.#writeSuperblock();
  }

  get length(): number {
    return this.#entries;
  }

  /** Size of the log file so far: what a recording calls `logBytes`. */
  get sizeBytes(): number {
    return this.#offset;
  }

  /** Each returns the index of its entry. */
  write(sector: number, data: Buffer, flags = 0): number {
    if (data.length === 0) throw new InternalError('A write without data', { code: 'log-writer' });
    return this.#append(sector, data.length / sectorBytes, flags, data);
  }

  flush(): number {
    return this.#append(0, 0, logFlags.flush);
  }

  discard(sector: number, sectors: number): number {
    return this.#append(sector, sectors, logFlags.discard);
  }

  mark(text: string): number {
    const data = Buffer.from(text);
    if (data.length > this.#unit - headerBytes)
      throw new InternalError(`A mark of ${data.length} bytes does not fit a log sector`, { code: 'log-writer' });
    const header = encodeHeader({ sector: 0, sectors: 0, flags: logFlags.mark, dataLength: data.length }, this.#unit);
    data.copy(header, headerBytes);
    return this.#put(header);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #append(sector: number, sectors: number, flags: number, data?: Buffer): number {
    const scale = this.#unit / sectorBytes;
    if (sector % scale !== 0 || sectors % scale !== 0)
      throw new InternalError(`Not whole log sectors: ${sectors} at ${sector}`, { code: 'log-writer' });
    const extent = { sector: sector / scale, sectors: sectors / scale };
    const header = encodeHeader({ ...extent, flags, dataLength: 0 }, this.#unit);
    return this.#put(data ? Buffer.concat([header, data]) : header);
  }

  #put(bytes: Buffer): number {
    writeSync(this.#fd, bytes, 0, bytes.length, this.#offset);
    this.#offset += bytes.length;
    this.#entries++;
    this.#writeSuperblock();
    return this.#entries - 1;
  }

  #writeSuperblock(): void {
    const entries = this.#superblock === 'always' ? this.#entries : 0;
    writeSync(this.#fd, encodeSuperblock({ entries, sectorSizeBytes: this.#unit }), 0, this.#unit, 0);
  }
}
