import { sectorBytes } from '../blocklog/log-format.ts';
import type { LogWrites } from '../blocklog/log-writes.ts';
import type { CrashState } from './crash-state.ts';
import { pageSectors, type PageVersions } from './page-versions.ts';

/** Entries between two flushes: [start, end). `start` is the flush itself (what it carries is not yet safe), or 0. */
export interface Epoch {
  readonly start: number;
  readonly end: number;
}

/** The epochs of a log, one pass, nothing kept. */
export function* epochsOf(log: LogWrites): Generator<Epoch> {
  let start = 0;
  for (let i = 1; i < log.length; i++) {
    if (!log.has(i, 'flush')) continue;
    yield { start, end: i };
    start = i;
  }
  if (log.length > 0) yield { start, end: log.length };
}

/** Whether an entry puts data on the disk. */
export function writes(log: LogWrites, index: number): boolean {
  const { sectors, dataLength } = log.entry(index);
  return sectors > 0 && dataLength > 0 && !log.has(index, 'mark');
}

/** Who wrote sectors [from, to) of a page, counted from the page's first. */
interface Writer {
  readonly entry: number;
  readonly from: number;
  readonly to: number;
  readonly version: number;
}

/**
 * The pages of the disk at one epoch of its recording: what is safe by now, and who wrote what since. Made to go
 * forward, so that a whole exploration reads the log once; holds a number for each page ever written, and nothing of the disk.
 */
export class EpochPages {
  readonly #versions: PageVersions;
  readonly #log: LogWrites;
  readonly #safe = new Map<number, number>();
  #applied = 0;
  #writers = new Map<number, Writer[]>();

  constructor(versions: PageVersions) {
    this.#versions = versions;
    this.#log = versions.disk.log;
  }

  enter({ start, end }: Epoch): void {
    if (start < this.#applied) {
      this.#safe.clear();
      this.#applied = 0;
    }
    for (; this.#applied < start; this.#applied++) this.#makeSafe(this.#applied);
    this.#writers = new Map();
    for (let entry = start; entry < end; entry++)
      this.#eachPage(entry, (page, from, to) => {
        const writer = { entry, from, to, version: this.#versions.ofEntry(entry, page) };
        const known = this.#writers.get(page);
        if (known) known.push(writer);
        else this.#writers.set(page, [writer]);
      });
  }

  /** The version of a page in a state of this epoch. */
  version(page: number, { entries, dropped, torn }: CrashState): number {
    const writers = this.#writers.get(page);
    const safe = this.#safe.get(page) ?? this.#versions.ofBase(page);
    if (writers === undefined) return safe;
    let sources: (number | undefined)[] | undefined;
    let open = pageSectors;
    for (let k = writers.length - 1; k >= 0 && open > 0; k--) {
      const writer = writers[k]!;
      const { entry, version } = writer;
      if (entry >= entries || (dropped.length > 0 && dropped.includes(entry))) continue;
      const { from, to } = torn && entry === entries - 1 ? landed(this.#log, page, writer, torn) : writer;
      if (to - from === pageSectors && sources === undefined) return version;
      sources ??= Array.from({ length: pageSectors });
      for (let sector = from; sector < to; sector++) {
        if (sources[sector] !== undefined) continue;
        sources[sector] = version;
        open--;
      }
    }
    if (sources === undefined || open === pageSectors) return safe;
    return this.#versions.composite(sources.map((source, sector) => source ?? this.#versions.sourceOf(safe, sector)));
  }

  /** Pages that `entry` writes. */
  pagesOf(entry: number): number[] {
    const pages: number[] = [];
    this.#eachPage(entry, (page) => pages.push(page));
    return pages;
  }

  #makeSafe(entry: number): void {
    this.#eachPage(entry, (page, from, to) => {
      const own = this.#versions.ofEntry(entry, page);
      if (to - from === pageSectors) return void this.#safe.set(page, own);
      const before = this.#safe.get(page) ?? this.#versions.ofBase(page);
      const sources = Array.from({ length: pageSectors }, (_, sector) =>
        sector >= from && sector < to ? own : this.#versions.sourceOf(before, sector),
      );
      this.#safe.set(page, this.#versions.composite(sources));
    });
  }

  #eachPage(entry: number, visit: (page: number, from: number, to: number) => void): void {
    if (!writes(this.#log, entry)) return;
    const { sector, dataLength } = this.#log.entry(entry);
    const end = sector + dataLength / sectorBytes;
    for (let page = Math.floor(sector / pageSectors); page * pageSectors < end; page++)
      visit(page, Math.max(0, sector - page * pageSectors), Math.min(pageSectors, end - page * pageSectors));
  }
}

/** What a tear leaves of a writer's sectors. */
function landed(
  log: LogWrites,
  page: number,
  whole: Writer,
  torn: readonly [number, number],
): Pick<Writer, 'from' | 'to'> {
  const first = log.entry(whole.entry).sector - page * pageSectors;
  const from = Math.max(whole.from, first + torn[0]);
  return { from, to: Math.max(from, Math.min(whole.to, first + torn[1])) };
}
