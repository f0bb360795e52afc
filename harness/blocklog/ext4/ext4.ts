import type { BlockDevice } from '../../device/disk.ts';
import { InternalError } from '../../errors/harness-error.ts';
import type { FileSystem, Inode } from '../file-system.ts';
import { FileSystemDamage, FileSystemUnsupported } from '../file-system-damage.ts';
import type { BlockRun } from './block-runs.ts';
import { blockRuns } from './block-runs.ts';
import { Blocks } from './blocks.ts';
import { Checksums } from './checksums.ts';
import type { DirectoryEntry } from './directory.ts';
import { directoryEntries } from './directory.ts';
import { fileChunks, inlineParts } from './file-content.ts';
import { InodeTable } from './inode-table.ts';
import type { ReplayReport } from './journal.ts';
import type { RawInode } from './raw-inode.ts';
import { inodeFlags } from './raw-inode.ts';
import type { Superblock } from './superblock.ts';
import { readSuperblock } from './superblock.ts';
import type { RawXattr } from './xattr.ts';
import { blockXattrs, inodeXattrs } from './xattr.ts';

const rootInode = 2;
const defaultMaxBytes = 256 * 2 ** 20;
const longestSymlinkBytes = 4096;
const shortSymlinkBytes = 60;

export interface Ext4Options {
  /** Metadata checksums are verified, and deleted inodes refused, as the kernel does; boot loaders do neither. */
  readonly verify: boolean;
  /** Carried along for who opened the file system after a replay. */
  readonly replay?: ReplayReport;
}

/** An ext4, ext3 or ext2 file system, read from a device without mounting it. Opens nothing and closes nothing. */
export class Ext4 implements FileSystem {
  readonly superblock: Superblock;
  readonly replay: ReplayReport | undefined;
  readonly #table: InodeTable;
  readonly #blocks: Blocks;
  readonly #verify: boolean;

  /** @throws FileSystemDamage, FileSystemUnsupported */
  constructor(device: BlockDevice, { verify, replay }: Ext4Options) {
    this.superblock = readSuperblock(device, verify);
    this.replay = replay;
    this.#verify = verify;
    this.#blocks = new Blocks(device, this.superblock.blockBytes, this.superblock.blocks);
    const hasSums = verify && this.superblock.hasMetadataChecksums;
    this.#table = new InodeTable(this.superblock, this.#blocks, hasSums ? new Checksums(this.superblock) : undefined);
  }

  get label(): string {
    return this.superblock.label;
  }

  get usage(): FileSystem['usage'] {
    const { freeBlocks, blocks, blockBytes } = this.superblock;
    return { freeBytes: freeBlocks * blockBytes, totalBytes: blocks * blockBytes };
  }

  lookup(path: string): RawInode | undefined {
    let current = this.inode(rootInode);
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      if (current.type !== 'dir') return undefined;
      const wanted = Buffer.from(part);
      const number = this.#find(current, wanted);
      if (number === undefined) return undefined;
      current = this.inode(number);
    }
    return current;
  }

  readdir(inode: Inode): { readonly name: string; readonly inode: number }[] {
    const names: { name: string; inode: number }[] = [];
    for (const { name, inode: number } of this.#entries(this.inode(inode.number))) {
      const text = name.toString('utf8');
      if (text !== '.' && text !== '..') names.push({ name: text, inode: number });
    }
    return names;
  }

  /** @throws FileSystemDamage `inode-free` when a name leads to an inode that is not in use. */
  inode(number: number): RawInode {
    const inode = this.#table.read(number);
    if (this.#verify && inode.links === 0 && !(inode.flags & inodeFlags.eaInode))
      throw new FileSystemDamage(`inode ${number}`, 'in use by name, but deleted', 'inode-free');
    if (inode.flags & inodeFlags.encrypt) throw new FileSystemUnsupported('encrypt', `inode ${number} is encrypted`);
    return inode;
  }

  readlink(inode: Inode): string {
    const raw = this.#expect(inode, 'symlink');
    if (raw.sizeBytes === 0 || raw.sizeBytes > longestSymlinkBytes)
      throw new FileSystemDamage(`inode ${raw.number}`, `a symlink of ${raw.sizeBytes} bytes`);
    const isShort = !(raw.flags & (inodeFlags.extents | inodeFlags.inlineData)) && raw.sizeBytes < shortSymlinkBytes;
    const bytes = isShort ? raw.map.subarray(0, raw.sizeBytes) : this.#content(raw, longestSymlinkBytes);
    return bytes.toString('utf8');
  }

  /** @throws InternalError `file-too-large` for a file beyond `maxBytes`: read it by `chunks`. */
  readFile(inode: Inode, maxBytes = defaultMaxBytes): Buffer {
    return this.#content(this.#expect(inode, 'file'), maxBytes);
  }

  /** The file in pieces of at most 1 MiB, for files of any size. */
  chunks(inode: Inode): Iterable<Buffer> {
    return fileChunks(this.#expect(inode, 'file'), this.#table);
  }

  xattrs(inode: Inode): Record<string, Buffer> {
    const raw = this.inode(inode.number);
    const where = `attributes of inode ${raw.number}`;
    const found = inodeXattrs(raw.raw, 128 + raw.extraBytes, where);
    if (raw.xattrBlock !== 0) {
      const block = this.#blocks.metadata(raw.xattrBlock, where);
      if (this.#table.checksums && !this.#table.checksums.xattrBlock(raw.xattrBlock, block))
        throw new FileSystemDamage(where, `checksum mismatch in block ${raw.xattrBlock}`);
      found.push(...blockXattrs(block, where));
    }
    return Object.fromEntries(
      found
        .filter(({ name }) => name !== 'system.data')
        .map((attribute) => [attribute.name, this.#value(attribute, where)]),
    );
  }

  /** Blocks that an inode takes up: the one of the table that it stands in, and those of its content. */
  placesOf(inode: Inode): { readonly table: number; readonly content: Iterable<BlockRun> } {
    const raw = this.inode(inode.number);
    const hasBlocks = (raw.type === 'file' || raw.type === 'dir') && !(raw.flags & inodeFlags.inlineData);
    const content = hasBlocks ? blockRuns(raw, this.#blocks, this.#table.checksums) : [];
    return { table: this.#table.placeOf(raw.number).block, content };
  }

  #value({ value, valueInode, valueBytes }: RawXattr, where: string): Buffer {
    if (valueInode === 0) return value;
    const holder = this.#table.read(valueInode);
    if (!(holder.flags & inodeFlags.eaInode) || holder.sizeBytes !== valueBytes)
      throw new FileSystemDamage(where, `inode ${valueInode} does not hold the value`);
    return this.#content(holder, 65536);
  }

  #expect(inode: Inode, type: Inode['type']): RawInode {
    const raw = this.inode(inode.number);
    if (raw.type !== type)
      throw new InternalError(`Inode ${raw.number} is a ${raw.type}, not a ${type}`, { code: 'inode-type' });
    return raw;
  }

  #content(inode: RawInode, maxBytes: number): Buffer {
    if (inode.sizeBytes > maxBytes)
      throw new InternalError(
        `Inode ${inode.number} holds ${inode.sizeBytes} bytes, more than the ${maxBytes} allowed`,
        {
          code: 'file-too-large',
        },
      );
    return Buffer.concat([...fileChunks(inode, this.#table)]);
  }

  #find(directory: RawInode, wanted: Buffer): number | undefined {
    for (const { name, inode } of this.#entries(directory)) if (name.equals(wanted)) return inode;
    return undefined;
  }

  *#entries(directory: RawInode): Generator<DirectoryEntry> {
    const where = `directory ${directory.number}`;
    if (directory.type !== 'dir')
      throw new InternalError(`Inode ${directory.number} is no directory`, { code: 'inode-type' });
    if (directory.flags & inodeFlags.inlineData) {
      const [map, rest] = inlineParts(directory);
      yield* directoryEntries(map!.subarray(4), where);
      if (rest && rest.length > 0) yield* directoryEntries(rest, where);
      return;
    }
    const { blockBytes } = this.superblock;
    if (directory.sizeBytes === 0 || directory.sizeBytes % blockBytes !== 0 || directory.sizeBytes > defaultMaxBytes)
      throw new FileSystemDamage(where, `impossible size ${directory.sizeBytes}`);
    const isIndexed = (directory.flags & inodeFlags.index) !== 0;
    for (const chunk of fileChunks(directory, this.#table))
      for (let at = 0; at < chunk.length; at += blockBytes) {
        const block = chunk.subarray(at, at + blockBytes);
        if (this.#table.checksums?.directoryBlock(directory.number, directory.raw, block, isIndexed) === false)
          throw new FileSystemDamage(where, 'checksum mismatch');
        yield* directoryEntries(block, where);
      }
  }
}
