import type { BlockDevice } from '../device/disk.ts';
import type { Replay } from '../blocklog/ext4/journal.ts';
import { pageBytes, type PageVersions } from './page-versions.ts';

/** What journal replay lays over a disk: content numbers by page of the disk. */
export type Overlay = ReadonlyMap<number, number>;

/**
 * The overlay of a partition that begins `start` bytes into the disk. A logged copy that fills pages keeps their content numbers, so that a block
 * reads as the same before its transaction is checkpointed and after.
 */
export function overlayOf(
  { blockBytes, latest, content }: Replay,
  disk: BlockDevice,
  start: number,
  versions: PageVersions,
): Overlay {
  const pages = new Map<number, number>();
  const pageAt = (page: number): Buffer => {
    const known = pages.get(page);
    if (known !== undefined) return Buffer.from(versions.bytes(known));
    const whole = Buffer.alloc(pageBytes);
    disk.read(page * pageBytes, Math.min(pageBytes, disk.sizeBytes - page * pageBytes)).copy(whole);
    return whole;
  };
  for (const [block, logged] of latest) {
    const offset = start + block * blockBytes;
    const bytes = content(logged);
    for (let done = 0; done < blockBytes;) {
      const page = Math.floor((offset + done) / pageBytes);
      const at = offset + done - page * pageBytes;
      const length = Math.min(pageBytes - at, blockBytes - done);
      let part = bytes;
      if (length < pageBytes) bytes.copy((part = pageAt(page)), at, done, done + length);
      else if (blockBytes > pageBytes) part = bytes.subarray(done, done + length);
      pages.set(page, versions.contentOf(part));
      done += length;
    }
  }
  return pages;
}
