import { FileSystemDamage } from '../file-system-damage.ts';
import type { Blocks } from './blocks.ts';
import type { Checksums } from './checksums.ts';
import type { RawInode } from './raw-inode.ts';
import { parseInode } from './raw-inode.ts';
import type { Superblock } from './superblock.ts';

/** Inodes by number, through the group descriptors. `checksums` undefined: not verified, as GRUB reads. */
export class InodeTable {
  readonly #tables = new Map<number, number>();
  readonly #inodes = new Map<number, RawInode>();

  constructor(
    readonly superblock: Superblock,
    readonly blocks: Blocks,
    readonly checksums: Checksums | undefined,
  ) {}

  /** @throws FileSystemDamage for a number that no inode in use has. */
  read(number: number): RawInode {
    const known = this.#inodes.get(number);
    if (known) return known;
    const where = `inode ${number}`;
    const { inodes, inodeBytes } = this.superblock;
    if (!Number.isInteger(number) || number < 1 || number > inodes)
      throw new FileSystemDamage(where, `there are inodes 1 to ${inodes} only`);
    const { block, inBlock } = this.placeOf(number);
    const raw = this.blocks.metadata(block, where).subarray(inBlock, inBlock + inodeBytes);
    const inode = parseInode(number, raw);
    if (!inode) throw new FileSystemDamage(where, 'in use by name, but free', 'inode-free');
    if (this.checksums && !this.checksums.inode(number, raw)) throw new FileSystemDamage(where, 'checksum mismatch');
    if (128 + inode.extraBytes > inodeBytes) throw new FileSystemDamage(where, `extra size ${inode.extraBytes}`);
    this.#inodes.set(number, inode);
    return inode;
  }

  /** Where an inode stands: block, and byte in it. */
  placeOf(number: number): { readonly block: number; readonly inBlock: number } {
    const { inodesPerGroup, inodeBytes, blockBytes } = this.superblock;
    const at = ((number - 1) % inodesPerGroup) * inodeBytes;
    const first = this.#table(Math.floor((number - 1) / inodesPerGroup));
    return { block: first + Math.floor(at / blockBytes), inBlock: at % blockBytes };
  }

  /** First block of a group's inode table. */
  #table(group: number): number {
    const known = this.#tables.get(group);
    if (known !== undefined) return known;
    const where = `descriptor of group ${group}`;
    const { descriptorBytes, blockBytes, inodesPerGroup, inodeBytes } = this.superblock;
    const perBlock = blockBytes / descriptorBytes;
    const bytes = this.blocks.metadata(this.#descriptorBlock(Math.floor(group / perBlock)), where);
    const start = (group % perBlock) * descriptorBytes;
    const descriptor = bytes.subarray(start, start + descriptorBytes);
    if (this.checksums && !this.checksums.groupDescriptor(group, descriptor))
      throw new FileSystemDamage(where, 'checksum mismatch');
    const high = descriptorBytes >= 64 ? descriptor.readUInt32LE(0x28) : 0;
    const table = descriptor.readUInt32LE(0x8) + high * 2 ** 32;
    this.blocks.check(table, Math.ceil((inodesPerGroup * inodeBytes) / blockBytes), where);
    this.#tables.set(group, table);
    return table;
  }

  /** The n-th block of descriptors: after the superblock, or with meta_bg in the first of the groups that it describes. */
  #descriptorBlock(n: number): number {
    const { blockBytes, descriptorBytes, firstDataBlock, blocksPerGroup, hasCopy } = this.superblock;
    const isMeta = this.superblock.hasMetaGroups && n >= this.superblock.firstMetaGroup;
    const afterSuperblock = Math.floor(1024 / blockBytes) + 1;
    if (!isMeta || n === 0) return afterSuperblock + n;
    const group = n * (blockBytes / descriptorBytes);
    return firstDataBlock + group * blocksPerGroup + (hasCopy(group) ? 1 : 0);
  }
}
