import { InternalError } from '../errors/harness-error.ts';
import { sectorBytes } from './log-format.ts';
import type { LogWrites } from './log-writes.ts';

/** A page is what most writes are multiples of; within it the history is kept by sector. */
const pageSectors = 8;
/** Source of a sector that no entry wrote. */
export const fromBase = -1;

/**
 * Which entries wrote each page of the disk, in order: built once for a log, so that every disk state made of it opens
 * without work of its own. Discards are left out: what a discarded sector holds is not promised by the disk.
 */
export class WriteHistory {
  /** Entries of the log when the history was built. */
  readonly entries: number;
  readonly #slots = new Map<number, number>();
  /** Writers of slot s: #writers[#starts[s] .. #starts[s + 1]), ascending. */
  readonly #starts: Uint32Array;
  readonly #writers: Uint32Array;
  readonly #log: LogWrites;

  constructor(log: LogWrites) {
    this.#log = log;
    this.entries = log.length;
    const counts: number[] = [];
    this.#eachPage((page) => {
      let slot = this.#slots.get(page);
      if (slot === undefined) this.#slots.set(page, (slot = counts.push(0) - 1));
      counts[slot]!++;
    });
    this.#starts = new Uint32Array(counts.length + 1);
    counts.forEach((count, slot) => (this.#starts[slot + 1] = this.#starts[slot]! + count));
    this.#writers = new Uint32Array(this.#starts[counts.length]!);
    const next = this.#starts.slice();
    this.#eachPage((page, index) => {
      const slot = this.#slots.get(page)!;
      this.#writers[next[slot]!++] = index;
    });
  }

  /** Ranges of sectors that any entry wrote: [first sector, sectors], ascending, in whole pages. */
  writtenRanges(): [sector: number, sectors: number][] {
    const pages = Float64Array.from(this.#slots.keys()).sort();
    const ranges: [number, number][] = [];
    for (const page of pages) {
      const last = ranges.at(-1);
      if (last && last[0] + last[1] === page * pageSectors) last[1] += pageSectors;
      else ranges.push([page * pageSectors, pageSectors]);
    }
    return ranges;
  }

  /** Visits [first, first + count) in runs of one source each: the last entry before `before` that wrote it and is not dropped, or `fromBase`. */
  runs(
    first: number,
    count: number,
    before: number,
    dropped: ReadonlySet<number>,
    visit: (source: number, sector: number, sectors: number) => void,
  ): void {
    if (before > this.entries)
      throw new InternalError(`The history knows ${this.entries} entries, not ${before}`, { code: 'log-entry-range' });
    let source = fromBase;
    let start = first;
    const take = (next: number, sector: number): void => {
      if (next === source) return;
      if (sector > start) visit(source, start, sector - start);
      source = next;
      start = sector;
    };
    const end = first + count;
    const owners = new Int32Array(pageSectors);
    for (let page = Math.floor(first / pageSectors); page * pageSectors < end; page++) {
      const base = page * pageSectors;
      const from = Math.max(first, base);
      const slot = this.#slots.get(page);
      if (slot === undefined) {
        take(fromBase, from);
        continue;
      }
      this.#owners(slot, base, before, dropped, owners);
      const to = Math.min(end, base + pageSectors);
      for (let sector = from; sector < to; sector++) take(owners[sector - base]!, sector);
    }
    if (end > start) visit(source, start, end - start);
  }

  #owners(slot: number, base: number, before: number, dropped: ReadonlySet<number>, owners: Int32Array): void {
    owners.fill(fromBase);
    let open = pageSectors;
    for (let k = this.#starts[slot + 1]! - 1; k >= this.#starts[slot]! && open > 0; k--) {
      const index = this.#writers[k]!;
      if (index >= before || dropped.has(index)) continue;
      const { sector, sectors } = this.#log.entry(index);
      const to = Math.min(pageSectors, sector + sectors - base);
      for (let i = Math.max(0, sector - base); i < to; i++) {
        if (owners[i] !== fromBase) continue;
        owners[i] = index;
        open--;
      }
    }
  }

  #eachPage(visit: (page: number, index: number) => void): void {
    for (const { index, sector, dataLength, sectors } of this.#log.entries(0, this.entries)) {
      if (dataLength === 0 || sectors === 0) continue;
      const last = Math.floor((sector + dataLength / sectorBytes - 1) / pageSectors);
      for (let page = Math.floor(sector / pageSectors); page <= last; page++) visit(page, index);
    }
  }
}
