import { createHash } from 'node:crypto';
import type { RecordedDisk } from '../blocklog/disk-state.ts';
import { sectorBytes } from '../blocklog/log-format.ts';

export const pageSectors = 8;
export const pageBytes = pageSectors * sectorBytes;

/** As many pages are kept in memory: 32 MiB, whatever the size of the disk or the log. */
const cachedPages = 8192;

/**
 * Every content that a page of a recorded disk can have, by number. A version names a writer: `-1 - page` is the base image's, another
 * one an entry's own (`ofEntry`), or a composite of several writers' sectors. Versions with the same bytes share one content number, so that
 * two crash states can be compared without reading them.
 */
export class PageVersions {
  /** Version of the first page that entry i touches; entries that write nothing have none of their own. */
  readonly #first: Float64Array;
  readonly #composites: Float64Array[] = [];
  readonly #compositeNumbers = new Map<string, number>();
  readonly #contents = new Map<number, number>();
  readonly #byDigest = new Map<string, number>();
  /** Version that a content is read from; bytes where no version has it. */
  readonly #origins: (number | Buffer)[] = [];
  readonly #cache = new Map<number, Buffer>();
  /** Content number of the buffers that were handed out. */
  readonly #numbers = new WeakMap<Buffer, number>();

  constructor(readonly disk: RecordedDisk) {
    const { log } = disk;
    this.#first = new Float64Array(log.length + 1);
    for (let i = 0; i < log.length; i++) {
      const { sector, dataLength, sectors } = log.entry(i);
      const writes = sectors > 0 && dataLength > 0 && !log.has(i, 'mark');
      const last = Math.floor((sector + dataLength / sectorBytes - 1) / pageSectors);
      this.#first[i + 1] = this.#first[i]! + (writes ? last - Math.floor(sector / pageSectors) + 1 : 0);
    }
  }

  ofBase(page: number): number {
    return -1 - page;
  }

  /** The version that holds what `entry` wrote of `page`; of sectors that it did not write it holds nothing. */
  ofEntry(entry: number, page: number): number {
    return this.#first[entry]! + page - Math.floor(this.disk.log.entry(entry).sector / pageSectors);
  }

  /** A page made of sectors of other versions: eight of them, one a sector. */
  composite(sources: readonly number[]): number {
    const [one] = sources;
    if (sources.every((source) => source === one)) return one!;
    const key = sources.join();
    let known = this.#compositeNumbers.get(key);
    if (known === undefined) {
      known = this.#first.at(-1)! + this.#composites.push(Float64Array.from(sources)) - 1;
      this.#compositeNumbers.set(key, known);
    }
    return known;
  }

  /** The writer of each sector of a version, itself no composite. */
  sourceOf(version: number, sector: number): number {
    const composite = this.#composites[version - this.#first.at(-1)!];
    return composite ? composite[sector]! : version;
  }

  /** The number of this version's bytes. */
  content(version: number): number {
    const known = this.#contents.get(version);
    if (known !== undefined) return known;
    const bytes = this.load(version);
    const content = this.#intern(bytes, version);
    this.#contents.set(version, content);
    return content;
  }

  /** The number of bytes that may be nobody's version, such as a block that journal replay makes: then they are kept. */
  contentOf(bytes: Buffer): number {
    return this.#numbers.get(bytes) ?? this.#intern(bytes, bytes);
  }

  /** The page with this content number. The same object while it is cached: do not write to it. */
  bytes(content: number): Buffer {
    const origin = this.#origins[content]!;
    if (typeof origin !== 'number') return origin;
    const known = this.#cache.get(content);
    if (known) return known;
    const bytes = this.load(origin);
    this.#keep(content, bytes);
    return bytes;
  }

  #intern(bytes: Buffer, origin: number | Buffer): number {
    const digest = createHash('sha1').update(bytes).digest('base64');
    let content = this.#byDigest.get(digest);
    if (content === undefined) {
      content = this.#origins.push(origin) - 1;
      this.#byDigest.set(digest, content);
      if (typeof origin === 'number') this.#keep(content, bytes);
      else this.#numbers.set(bytes, content);
    }
    return content;
  }

  #keep(content: number, bytes: Buffer): void {
    if (this.#cache.size >= cachedPages) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(content, bytes);
    this.#numbers.set(bytes, content);
  }

  /** The page as this version has it, read now. What the version did not write is zeros. */
  load(version: number): Buffer {
    const { base, log } = this.disk;
    if (version < 0) {
      const page = -1 - version;
      const bytes = Buffer.alloc(pageBytes);
      base.readInto(page * pageBytes, bytes, 0, Math.min(pageBytes, base.sizeBytes - page * pageBytes));
      return bytes;
    }
    const bytes = Buffer.alloc(pageBytes);
    const composite = this.#composites[version - this.#first.at(-1)!];
    if (composite) {
      composite.forEach((source, sector) =>
        this.load(source).copy(bytes, sector * sectorBytes, sector * sectorBytes, (sector + 1) * sectorBytes),
      );
      return bytes;
    }
    const entry = this.#entryOf(version);
    const { sector, dataLength } = log.entry(entry);
    const page = Math.floor(sector / pageSectors) + version - this.#first[entry]!;
    const from = Math.max(sector, page * pageSectors);
    const to = Math.min(sector + dataLength / sectorBytes, (page + 1) * pageSectors);
    const at = (from - page * pageSectors) * sectorBytes;
    log.readInto(entry, (from - sector) * sectorBytes, bytes, at, (to - from) * sectorBytes);
    return bytes;
  }

  /** The last entry whose versions begin at or before this one. */
  #entryOf(version: number): number {
    let low = 0;
    let high = this.#first.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#first[middle]! <= version) low = middle;
      else high = middle;
    }
    return low;
  }
}
