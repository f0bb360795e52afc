import type { Inode } from '../file-system.ts';

export const inodeFlags = {
  encrypt: 0x800,
  index: 0x1000,
  extents: 0x80000,
  eaInode: 0x200000,
  inlineData: 0x10000000,
} as const;

const types: Readonly<Record<number, Inode['type']>> = {
  0x1: 'fifo',
  0x2: 'char',
  0x4: 'dir',
  0x6: 'block',
  0x8: 'file',
  0xa: 'symlink',
  0xc: 'socket',
};

/** An inode with what the reader needs beyond the contract. */
export interface RawInode extends Inode {
  readonly flags: number;
  /** The whole inode as on the disk. */
  readonly raw: Buffer;
  /** The 60 bytes that hold the block map, the extent tree, a short symlink or inline data. */
  readonly map: Buffer;
  /** 0: no block of extended attributes. */
  readonly xattrBlock: number;
  /** Bytes in use beyond the first 128. */
  readonly extraBytes: number;
}

/** undefined: the inode is free or of no known type. */
export function parseInode(number: number, raw: Buffer): RawInode | undefined {
  const mode = raw.readUInt16LE(0);
  const type = types[mode >>> 12];
  if (type === undefined) return undefined;
  const hasLargeSize = type === 'file' || type === 'dir';
  return {
    number,
    type,
    mode: mode & 0o7777,
    uid: raw.readUInt16LE(0x2) + raw.readUInt16LE(0x78) * 0x10000,
    gid: raw.readUInt16LE(0x18) + raw.readUInt16LE(0x7a) * 0x10000,
    sizeBytes: raw.readUInt32LE(0x4) + (hasLargeSize ? raw.readUInt32LE(0x6c) * 2 ** 32 : 0),
    links: raw.readUInt16LE(0x1a),
    flags: raw.readUInt32LE(0x20),
    raw,
    map: raw.subarray(0x28, 0x64),
    xattrBlock: raw.readUInt32LE(0x68) + raw.readUInt16LE(0x76) * 2 ** 32,
    extraBytes: raw.length > 128 ? raw.readUInt16LE(0x80) : 0,
  };
}
