import { FileSystemDamage } from '../file-system-damage.ts';
import { aclFromDisk } from './acl.ts';

/** A value that stands in an inode of its own has `valueInode`; any other has `value`. */
export interface RawXattr {
  readonly name: string;
  readonly value: Buffer;
  readonly valueInode: number;
  readonly valueBytes: number;
}

const magic = 0xea020000;
const prefixes: Readonly<Record<number, string>> = {
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
  8: 'system.richacl',
};

/** Attributes in the inode itself, after its `used` first bytes. Value offsets count from the first entry. */
export function inodeXattrs(raw: Buffer, used: number, where: string): RawXattr[] {
  if (used + 4 > raw.length || raw.readUInt32LE(used) !== magic) return [];
  const area = raw.subarray(used + 4);
  return parse(area, 0, where);
}

/** Attributes in a block of their own. Value offsets count from the start of the block. */
export function blockXattrs(block: Buffer, where: string): RawXattr[] {
  if (block.readUInt32LE(0) !== magic) throw new FileSystemDamage(where, 'no magic number');
  return parse(block, 32, where);
}

function parse(area: Buffer, first: number, where: string): RawXattr[] {
  const found: RawXattr[] = [];
  for (let at = first; at + 4 <= area.length && area.readUInt32LE(at) !== 0;) {
    if (at + 16 > area.length) throw new FileSystemDamage(where, 'an entry is cut off');
    const nameLength = area.readUInt8(at);
    const nameIndex = area.readUInt8(at + 1);
    const valueAt = area.readUInt16LE(at + 2);
    const valueInode = area.readUInt32LE(at + 4);
    const valueBytes = area.readUInt32LE(at + 8);
    if (at + 16 + nameLength > area.length) throw new FileSystemDamage(where, 'a name is cut off');
    if (valueInode === 0 && valueAt + valueBytes > area.length) throw new FileSystemDamage(where, 'a value is cut off');
    const prefix = prefixes[nameIndex] ?? (nameIndex === 0 ? '' : `unknown-${nameIndex}.`);
    const name = prefix + area.toString('utf8', at + 16, at + 16 + nameLength);
    const stored = valueInode === 0 ? area.subarray(valueAt, valueAt + valueBytes) : Buffer.alloc(0);
    const value = nameIndex === 2 || nameIndex === 3 ? aclFromDisk(stored, where) : Buffer.from(stored);
    found.push({ name, value, valueInode, valueBytes });
    at += 16 + Math.ceil(nameLength / 4) * 4;
  }
  return found;
}
