import { FileSystemDamage } from '../file-system-damage.ts';

/** A name as it stands in a directory; `name` is a view of the block. */
export interface DirectoryEntry {
  readonly name: Buffer;
  readonly inode: number;
}

/**
 * The names in one block of a directory (or in the part of an inode that takes its place). Index blocks of a hash tree and
 * checksum tails look like unused entries, so that a linear scan passes over them. Includes . and .. where they are.
 */
export function* directoryEntries(block: Buffer, where: string): Generator<DirectoryEntry> {
  for (let at = 0; at < block.length;) {
    const damage = (what: string): FileSystemDamage => new FileSystemDamage(where, `${what} at byte ${at}`);
    if (at + 8 > block.length) throw damage('an entry is cut off');
    const inode = block.readUInt32LE(at);
    const stored = block.readUInt16LE(at + 4);
    // 64 KiB does not fit 16 bits.
    const length = block.length === 65536 && (stored === 65535 || stored === 0) ? 65536 : stored;
    const nameLength = block.readUInt8(at + 6);
    if (length < 8 || length % 4 !== 0 || at + length > block.length) throw damage(`impossible entry length ${stored}`);
    if (inode !== 0) {
      if (nameLength === 0 || 8 + nameLength > length) throw damage(`impossible name length ${nameLength}`);
      const name = block.subarray(at + 8, at + 8 + nameLength);
      if (name.includes(0) || name.includes(0x2f)) throw damage('a name with a slash or a zero byte');
      yield { name, inode };
    }
    at += length;
  }
}
