import { createHash } from 'node:crypto';
import { offsetBytes } from './gvariant-type.ts';
import { contentOf } from './tree-walk.ts';
import type { FileSystem, Inode } from '../../blocklog/file-system.ts';

const fileTypeBits: Partial<Record<Inode['type'], number>> = { file: 0o100000, symlink: 0o120000 };

/**
 * The name that ostree gives to a content object: sha256 over a header (uid, gid, mode with its type, symlink target, extended
 * attributes) and the content (ostree_checksum_file_from_input in ostree-core.c). undefined: neither file nor symlink.
 */
export function ostreeFileChecksum(fs: FileSystem, inode: Inode): string | undefined {
  const typeBits = fileTypeBits[inode.type];
  if (typeBits === undefined) return undefined;
  const hash = createHash('sha256');
  const target = inode.type === 'symlink' ? fs.readlink(inode) : '';
  hash.update(fileHeader(inode, typeBits | inode.mode, target, fs.xattrs(inode)));
  if (inode.type === 'file') for (const chunk of contentOf(fs, inode)) hash.update(chunk);
  return hash.digest('hex');
}

/** (uuuusa(ayay)), numbers big-endian, after its own length and four zero bytes (variant_to_lenprefixed_buffer). */
function fileHeader(inode: Inode, mode: number, target: string, xattrs: Record<string, Buffer>): Buffer {
  const numbers = Buffer.alloc(16);
  [inode.uid, inode.gid, mode, 0].forEach((value, i) => numbers.writeUInt32BE(value, i * 4));
  const pairs = Object.entries(xattrs)
    .map(([name, value]) => [Buffer.from(`${name}\0`), value] as const)
    .sort(([a], [b]) => Buffer.compare(a, b))
    .map(([name, value]) => framed([name, value], [name.length]));
  const ends: number[] = [];
  for (const pair of pairs) ends.push((ends.at(-1) ?? 0) + pair.length);
  const text = Buffer.from(`${target}\0`);
  const header = framed([numbers, text, framed(pairs, ends)], [numbers.length + text.length]);
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(header.length);
  return Buffer.concat([prefix, header]);
}

/** A GVariant container: its parts, then the ends of those parts whose size varies, as narrow as the whole allows. */
function framed(parts: readonly Buffer[], ends: readonly number[]): Buffer {
  const content = Buffer.concat(parts);
  let width = offsetBytes(content.length);
  while (ends.length > 0 && offsetBytes(content.length + ends.length * width) > width)
    width = offsetBytes(content.length + ends.length * width);
  const table = Buffer.alloc(ends.length * width);
  ends.forEach((end, i) => table.writeUIntLE(end, i * width, width));
  return Buffer.concat([content, table]);
}
