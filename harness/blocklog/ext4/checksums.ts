import { crc32c, crc32cU32 } from './crc32c.ts';
import type { Superblock } from './superblock.ts';

/** Metadata checksums as the kernel verifies them (Documentation/filesystems/ext4/checksums.rst). Each method: true when it holds. */
export class Checksums {
  readonly #seed: number;
  readonly #inodeBytes: number;

  constructor(superblock: Superblock) {
    this.#seed = superblock.checksumSeed;
    this.#inodeBytes = superblock.inodeBytes;
  }

  groupDescriptor(group: number, descriptor: Buffer): boolean {
    const copy = Buffer.from(descriptor);
    copy.writeUInt16LE(0, 0x1e);
    const sum = crc32c(crc32cU32(this.#seed, group), copy);
    return (sum & 0xffff) === descriptor.readUInt16LE(0x1e);
  }

  inode(number: number, raw: Buffer): boolean {
    const copy = Buffer.from(raw.subarray(0, this.#inodeBytes));
    const wide = this.#inodeBytes > 128 && raw.readUInt16LE(0x80) >= 4;
    copy.writeUInt16LE(0, 0x7c);
    if (wide) copy.writeUInt16LE(0, 0x82);
    const sum = crc32c(this.#inodeSeed(number, raw), copy);
    if ((sum & 0xffff) !== raw.readUInt16LE(0x7c)) return false;
    return !wide || sum >>> 16 === raw.readUInt16LE(0x82);
  }

  /** A block of names, or (`isIndexed`) of hashes: an index has its checksum after the room for its entries. */
  directoryBlock(number: number, raw: Buffer, block: Buffer, isIndexed: boolean): boolean {
    const seed = this.#inodeSeed(number, raw);
    // The index first: the kernel makes one out of a block of names, and leaves the mark of the old checksum where it stood.
    const counts = isIndexed ? indexCounts(block) : undefined;
    if (counts === undefined) {
      const tail = block.length - 12;
      const hasTail =
        block.readUInt32LE(tail) === 0 &&
        block.readUInt16LE(tail + 4) === 12 &&
        block.readUInt16LE(tail + 6) === 0xde00;
      return hasTail && crc32c(seed, block.subarray(0, tail)) === block.readUInt32LE(tail + 8);
    }
    const limit = block.readUInt16LE(counts);
    const count = block.readUInt16LE(counts + 2);
    const at = counts + limit * 8;
    if (count > limit || at + 8 > block.length) return false;
    let sum = crc32c(seed, block.subarray(0, counts + count * 8));
    sum = crc32c(sum, block.subarray(at, at + 4));
    return crc32cU32(sum, 0) === block.readUInt32LE(at + 4);
  }

  extentBlock(number: number, raw: Buffer, block: Buffer): boolean {
    const end = 12 + block.readUInt16LE(4) * 12;
    if (end + 4 > block.length) return false;
    return crc32c(this.#inodeSeed(number, raw), block.subarray(0, end)) === block.readUInt32LE(end);
  }

  xattrBlock(blockNumber: number, block: Buffer): boolean {
    const copy = Buffer.from(block);
    copy.writeUInt32LE(0, 0x10);
    const seed = crc32cU32(crc32cU32(this.#seed, blockNumber), Math.floor(blockNumber / 2 ** 32));
    return crc32c(seed, copy) === block.readUInt32LE(0x10);
  }

  #inodeSeed(number: number, raw: Buffer): number {
    return crc32c(crc32cU32(this.#seed, number), raw.subarray(0x64, 0x68));
  }
}

/** Where limit and count stand in a block of a hash tree; undefined: it is none. */
function indexCounts(block: Buffer): number | undefined {
  if (block.readUInt16LE(4) === block.length && block.readUInt32LE(0) === 0) return 8;
  if (block.readUInt16LE(4) !== 12 || block.readUInt16LE(16) !== block.length - 12) return undefined;
  return block.readUInt32LE(24) === 0 && block.readUInt8(29) === 8 ? 32 : undefined;
}
