import { FileSystemDamage } from '../file-system-damage.ts';
import type { BlockRun } from './block-runs.ts';
import type { Blocks } from './blocks.ts';
import type { Checksums } from './checksums.ts';
import type { RawInode } from './raw-inode.ts';

const deepest = 5;
/** A longer extent is allocated, not written: it reads as zeros. */
const longestWritten = 32768;

/** The runs of an extent tree (Documentation/filesystems/ext4/ifork.rst). Strictly ascending, so that no tree can loop or be shared. */
export function* extentRuns(inode: RawInode, blocks: Blocks, checksums: Checksums | undefined): Generator<BlockRun> {
  const where = `extent tree of inode ${inode.number}`;
  const damage = (what: string): FileSystemDamage => new FileSystemDamage(where, what);
  const end = Math.ceil(inode.sizeBytes / blocks.blockBytes);
  let next = 0;

  function* node(bytes: Buffer, expectedDepth: number | undefined): Generator<BlockRun> {
    if (bytes.readUInt16LE(0) !== 0xf30a) throw damage('no magic number');
    const entries = bytes.readUInt16LE(2);
    const room = Math.min(bytes.readUInt16LE(4), Math.floor((bytes.length - 12) / 12));
    const depth = bytes.readUInt16LE(6);
    if (depth > deepest || (expectedDepth !== undefined && depth !== expectedDepth)) throw damage(`depth ${depth}`);
    if (entries > room) throw damage(`${entries} entries where ${room} fit`);
    if (entries === 0 && expectedDepth !== undefined) throw damage('an empty node');
    for (let i = 0; i < entries; i++) {
      const at = 12 + i * 12;
      const first = bytes.readUInt32LE(at);
      if (first < next) throw damage(`block ${first} is out of order`);
      if (depth > 0) yield* child(bytes.readUInt32LE(at + 4) + bytes.readUInt16LE(at + 8) * 2 ** 32, depth - 1);
      else {
        const length = bytes.readUInt16LE(at + 4);
        const isWritten = length <= longestWritten;
        const count = isWritten ? length : length - longestWritten;
        if (count === 0) throw damage(`an extent of no blocks at ${first}`);
        next = first + count;
        const physical = bytes.readUInt32LE(at + 8) + bytes.readUInt16LE(at + 6) * 2 ** 32;
        blocks.check(physical, count, where);
        if (isWritten && first < end) yield { logical: first, physical, count: Math.min(count, end - first) };
      }
    }
  }

  function* child(block: number, depth: number): Generator<BlockRun> {
    const bytes = blocks.metadata(block, where);
    if (checksums && bytes.readUInt16LE(0) === 0xf30a && !checksums.extentBlock(inode.number, inode.raw, bytes))
      throw damage(`checksum mismatch in block ${block}`);
    yield* node(bytes, depth);
  }

  yield* node(inode.map, undefined);
}
