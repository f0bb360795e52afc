import { FileSystemDamage } from '../file-system-damage.ts';

const namedUser = 0x02;
const namedGroup = 0x08;
const noId = 0xffffffff;

/** A POSIX ACL from ext4's compact form (version 1) to the form that getxattr(2) gives (version 2). */
export function aclFromDisk(disk: Buffer, where: string): Buffer {
  if (disk.length === 0) return Buffer.alloc(0);
  if (disk.length < 4 || disk.readUInt32LE(0) !== 1)
    throw new FileSystemDamage(where, 'an access list of no known version');
  const entries: Buffer[] = [Buffer.from([2, 0, 0, 0])];
  for (let at = 4; at < disk.length;) {
    const tag = at + 4 <= disk.length ? disk.readUInt16LE(at) : 0;
    const hasId = tag === namedUser || tag === namedGroup;
    if (at + (hasId ? 8 : 4) > disk.length) throw new FileSystemDamage(where, 'an access list is cut off');
    const entry = Buffer.alloc(8);
    disk.copy(entry, 0, at, at + 4);
    entry.writeUInt32LE(hasId ? disk.readUInt32LE(at + 4) : noId, 4);
    entries.push(entry);
    at += hasId ? 8 : 4;
  }
  return Buffer.concat(entries);
}
