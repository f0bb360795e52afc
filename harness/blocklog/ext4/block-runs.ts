import { FileSystemDamage } from '../file-system-damage.ts';
import type { Blocks } from './blocks.ts';
import type { Checksums } from './checksums.ts';
import { extentRuns } from './extent-runs.ts';
import type { RawInode } from './raw-inode.ts';
import { inodeFlags } from './raw-inode.ts';

/** A stretch of a file's blocks that lies in one piece on the disk. What no run covers is a hole. */
export interface BlockRun {
  readonly logical: number;
  readonly physical: number;
  readonly count: number;
}

/** The runs of a file in ascending order, up to its size. @throws FileSystemDamage */
export function blockRuns(inode: RawInode, blocks: Blocks, checksums: Checksums | undefined): Iterable<BlockRun> {
  return inode.flags & inodeFlags.extents ? extentRuns(inode, blocks, checksums) : mappedRuns(inode, blocks);
}

const directBlocks = 12;

/** The block map of ext2 and ext3: twelve blocks, then trees of one, two and three levels. */
function* mappedRuns(inode: RawInode, blocks: Blocks): Generator<BlockRun> {
  const where = `block map of inode ${inode.number}`;
  const end = Math.ceil(inode.sizeBytes / blocks.blockBytes);
  const perBlock = blocks.blockBytes / 4;
  const reach = directBlocks + perBlock + perBlock ** 2 + perBlock ** 3;
  if (end > reach) throw new FileSystemDamage(where, `a size of ${inode.sizeBytes} bytes is out of its reach`);

  function* tree(block: number, level: number, first: number): Generator<BlockRun> {
    if (block === 0 || first >= end) return;
    if (level === 0) {
      blocks.check(block, 1, where);
      yield { logical: first, physical: block, count: 1 };
      return;
    }
    const pointers = blocks.metadata(block, where);
    const span = perBlock ** (level - 1);
    for (let i = 0; i < perBlock; i++) yield* tree(pointers.readUInt32LE(i * 4), level - 1, first + i * span);
  }

  for (let i = 0; i < directBlocks; i++) yield* tree(inode.map.readUInt32LE(i * 4), 0, i);
  let first = directBlocks;
  for (let level = 1; level <= 3; level++) {
    yield* tree(inode.map.readUInt32LE((directBlocks + level - 1) * 4), level, first);
    first += perBlock ** level;
  }
}
