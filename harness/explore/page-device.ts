import type { BlockDevice } from '../device/disk.ts';
import { checkRange } from '../blocklog/raw-image.ts';
import { pageBytes, type PageVersions } from './page-versions.ts';

/** A disk whose pages are looked up one by one, each reading told first. */
export class PageDevice implements BlockDevice {
  constructor(
    readonly sizeBytes: number,
    private readonly versions: PageVersions,
    /** Content number of a page, told to whoever keeps account. undefined: never written, it is the base image's. */
    private readonly contentOf: (page: number) => number | undefined,
  ) {}

  /** A page read whole is shared: do not write to it. */
  read(offset: number, length: number): Buffer {
    checkRange(this.sizeBytes, offset, length);
    if (length === pageBytes && offset % pageBytes === 0) {
      const content = this.contentOf(offset / pageBytes);
      if (content !== undefined) return this.versions.bytes(content);
    }
    const bytes = Buffer.allocUnsafe(length);
    const { base } = this.versions.disk;
    const end = offset + length;
    // Pages of the base image are read together.
    let plainFrom = offset;
    for (let page = Math.floor(offset / pageBytes); page * pageBytes < end; page++) {
      const content = this.contentOf(page);
      if (content === undefined) continue;
      const from = Math.max(offset, page * pageBytes);
      const to = Math.min(end, (page + 1) * pageBytes);
      if (from > plainFrom) base.readInto(plainFrom, bytes, plainFrom - offset, from - plainFrom);
      this.versions.bytes(content).copy(bytes, from - offset, from - page * pageBytes, to - page * pageBytes);
      plainFrom = to;
    }
    if (end > plainFrom) base.readInto(plainFrom, bytes, plainFrom - offset, end - plainFrom);
    return bytes;
  }

  close(): void {}
}
