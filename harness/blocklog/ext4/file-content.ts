import { blockRuns } from './block-runs.ts';
import type { InodeTable } from './inode-table.ts';
import type { RawInode } from './raw-inode.ts';
import { inodeFlags } from './raw-inode.ts';
import { inodeXattrs } from './xattr.ts';

const mapBytes = 60;
const chunkBytes = 1 << 20;

/** The bytes of a file in order, at most 1 MiB a piece; holes and unwritten extents are zeros. @throws FileSystemDamage */
export function* fileChunks(inode: RawInode, table: InodeTable): Generator<Buffer> {
  if (inode.flags & inodeFlags.inlineData) {
    const bytes = Buffer.concat(inlineParts(inode)).subarray(0, inode.sizeBytes);
    yield bytes;
    // mke2fs leaves a file that is one hole inline: the kernel reads what is missing as zeros.
    yield* zeros(inode.sizeBytes - bytes.length);
    return;
  }
  const { blocks, checksums } = table;
  const unit = blocks.blockBytes;
  const perChunk = chunkBytes / unit;
  let done = 0;
  for (const { logical, physical, count } of blockRuns(inode, blocks, checksums)) {
    yield* zeros(logical * unit - done);
    for (let from = 0; from < count; from += perChunk) {
      const part = blocks.data(physical + from, Math.min(perChunk, count - from), `inode ${inode.number}`);
      yield part.subarray(0, Math.min(part.length, inode.sizeBytes - (logical + from) * unit));
    }
    done = Math.min(inode.sizeBytes, (logical + count) * unit);
  }
  yield* zeros(inode.sizeBytes - done);
}

/** The two places of inline data: the block map's, and the attribute system.data. A directory's first four bytes are its parent. */
export function inlineParts(inode: RawInode): Buffer[] {
  const attributes = inodeXattrs(inode.raw, 128 + inode.extraBytes, `inode ${inode.number}`);
  const rest = attributes.find(({ name }) => name === 'system.data');
  return [inode.map.subarray(0, mapBytes), ...(rest ? [rest.value] : [])];
}

function* zeros(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= chunkBytes) yield Buffer.alloc(Math.min(left, chunkBytes));
}
