import { ProductError } from '../errors/harness-error.ts';
import type { RecordedDisk } from '../blocklog/disk-state.ts';
import { blockType, journalMagic, journalTags, type JournalSuperblock } from '../blocklog/ext4/journal-format.ts';
import { journalPlaces, readReplay } from '../blocklog/ext4/journal.ts';
import { partOf } from '../blocklog/system-volumes.ts';
import { isVfat } from '../blocklog/vfat/parameters.ts';
import { pageBytes } from './page-versions.ts';

/**
 * Pages of the disk that a replay of either journal may lay something over, in any state at or after `from`: all blocks that a descriptor names which
 * stands in a journal then, or is written to one later. A replay may still find others in a torn descriptor.
 */
export function loggedPages(disk: RecordedDisk, from: number, partitions: readonly number[]): Set<number> {
  const pages = new Set<number>();
  const before = disk.at(from);
  for (const partition of partitions) {
    try {
      const { device: view, start } = partOf(before, partition);
      if (isVfat(view)) continue;
      const { blockBytes, places } = journalPlaces(view);
      const journal =
        readReplay(view).journal ?? readReplay(partOf(disk.at(disk.log.length), partition).device).journal;
      if (!journal) continue;
      const take = (block: Buffer): void => {
        for (const tag of tagsOf(journal, block)) {
          const first = Math.floor((start + tag * blockBytes) / pageBytes);
          const last = Math.floor((start + (tag + 1) * blockBytes - 1) / pageBytes);
          for (let page = first; page <= last; page++) pages.add(page);
        }
      };
      for (const place of places) take(view.read(place * blockBytes, blockBytes));
      const own = new Set(places.map((place) => start + place * blockBytes));
      for (let i = from; i < disk.log.length; i++) {
        const { sector, dataLength } = disk.log.entry(i);
        for (let at = 0; at + blockBytes <= dataLength; at += blockBytes) {
          if (!own.has(sector * 512 + at)) continue;
          const block = Buffer.allocUnsafe(blockBytes);
          disk.log.readInto(i, at, block, 0, blockBytes);
          take(block);
        }
      }
    } catch (error) {
      // A file system that cannot be read is found when its states are judged.
      if (!(error instanceof ProductError)) throw error;
    }
  }
  return pages;
}

function tagsOf(journal: JournalSuperblock, block: Buffer): number[] {
  const isDescriptor = block.readUInt32BE(0) === journalMagic && block.readUInt32BE(4) === blockType.descriptor;
  return isDescriptor ? journalTags(journal, block).map((tag) => tag.block) : [];
}
