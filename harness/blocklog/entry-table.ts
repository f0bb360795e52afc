import { InternalError } from '../errors/harness-error.ts';
import type { LogEntry } from './log-writes.ts';

/** The entries of a log in columns of numbers: 29 bytes an entry, so that a long recording's index stays small. */
export class EntryTable {
  #length = 0;
  #sector = new Float64Array(1024);
  #sectors = new Uint32Array(1024);
  #flags = new Uint8Array(1024);
  #offset = new Float64Array(1024);
  #bytes = new Float64Array(1024);

  get length(): number {
    return this.#length;
  }

  push(sector: number, sectors: number, flags: number, dataOffset: number, dataLength: number): void {
    if (this.#length === this.#sector.length) this.#grow();
    const i = this.#length++;
    this.#sector[i] = sector;
    this.#sectors[i] = sectors;
    this.#flags[i] = flags;
    this.#offset[i] = dataOffset;
    this.#bytes[i] = dataLength;
  }

  flags(index: number): number {
    return this.#flags[this.#checked(index)]!;
  }

  at(index: number): LogEntry {
    const i = this.#checked(index);
    return {
      index: i,
      sector: this.#sector[i]!,
      sectors: this.#sectors[i]!,
      flags: this.#flags[i]!,
      dataOffset: this.#offset[i]!,
      dataLength: this.#bytes[i]!,
    };
  }

  #checked(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.#length)
      throw new InternalError(`No such log entry: ${index} of ${this.#length}`, { code: 'log-entry-range' });
    return index;
  }

  #grow(): void {
    const bigger = <T extends Float64Array | Uint32Array | Uint8Array>(Kind: new (n: number) => T, old: T): T => {
      const grown = new Kind(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.#sector = bigger(Float64Array, this.#sector);
    this.#sectors = bigger(Uint32Array, this.#sectors);
    this.#flags = bigger(Uint8Array, this.#flags);
    this.#offset = bigger(Float64Array, this.#offset);
    this.#bytes = bigger(Float64Array, this.#bytes);
  }
}
