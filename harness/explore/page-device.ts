import type { BlockDevice } from '../device/disk.ts';
import { checkRange, type RawImage } from '../blocklog/raw-image.ts';
import { pageBytes } from './page-versions.ts';

/** A disk whose pages are looked up one by one, each reading told first. */
export class PageDevice implements BlockDevice {
  constructor(
    readonly sizeBytes: number,
    private readonly base: RawImage,
    /** The bytes of a page, told to whoever keeps account. undefined: never written, it is the base image's. */
    private readonly bytesOf: (page: number) => Buffer | undefined,
  ) {}

  /** A page read whole is shared: do not write to it. */
  read(offset: number, length: number): Buffer {
    checkRange(this.sizeBytes, offset, length);
    if (length === pageBytes && offset % pageBytes === 0) {
      const page = this.bytesOf(offset / pageBytes);
      if (page) return page;
    }
    const bytes = Buffer.allocUnsafe(length);
    const end = offset + length;
    // Pages of the base image are read together.
    let plainFrom = offset;
    for (let page = Math.floor(offset / pageBytes); page * pageBytes < end; page++) {
      const content = this.bytesOf(page);
      if (!content) continue;
      const from = Math.max(offset, page * pageBytes);
      const to = Math.min(end, (page + 1) * pageBytes);
      if (from > plainFrom) this.base.readInto(plainFrom, bytes, plainFrom - offset, from - plainFrom);
      content.copy(bytes, from - offset, from - page * pageBytes, to - page * pageBytes);
      plainFrom = to;
    }
    if (end > plainFrom) this.base.readInto(plainFrom, bytes, plainFrom - offset, end - plainFrom);
    return bytes;
  }

  close(): void {}
}
