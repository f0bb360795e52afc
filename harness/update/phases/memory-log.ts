import { logFlags } from '../../blocklog/log-format.ts';
import type { BlockLog, LogEntry } from './block-log.ts';

/** A block log in memory, for tests. */
export class MemoryLog implements BlockLog {
  readonly #entries: LogEntry[] = [];
  readonly #payloads: Buffer[] = [];

  /** Returns the index of the new entry. */
  write(sector: number, payload: Buffer | string = 'x', flags = 0): number {
    const bytes = Buffer.from(payload as string);
    const sectors = Math.max(1, Math.ceil(bytes.length / 512));
    const padded = Buffer.alloc(sectors * 512);
    bytes.copy(padded);
    return this.#push({ sector, sectors, flags }, padded);
  }

  flush(): number {
    return this.#push({ sector: 0, sectors: 0, flags: logFlags.flush }, Buffer.alloc(0));
  }

  discard(sector: number, sectors: number): number {
    return this.#push({ sector, sectors, flags: logFlags.discard }, Buffer.alloc(0));
  }

  entries(): Iterable<LogEntry> {
    return this.#entries;
  }

  payload(index: number): Buffer {
    return this.#payloads[index]!;
  }

  get length(): number {
    return this.#entries.length;
  }

  #push(entry: Omit<LogEntry, 'index'>, payload: Buffer): number {
    this.#payloads.push(payload);
    return this.#entries.push({ index: this.#entries.length, ...entry }) - 1;
  }
}
