import { realPath } from './real-path.ts';
import { FileHashes, walkTree, type WalkOptions } from './tree-walk.ts';
import type { FileSystem, Inode } from '../../blocklog/file-system.ts';
import type { Manifest, ManifestEntry } from '../observation.ts';

export interface ManifestOptions extends WalkOptions {
  /** Larger files are listed without a hash. Default: all are hashed. */
  readonly hashUpToBytes?: number;
}

/**
 * Manifest of the directory `path`; undefined: there is none. Of several names of one inode the smallest path (by code unit) is
 * the first, whatever order the directories are in. @throws as walkTree and the file system do.
 */
export function readManifest(fs: FileSystem, path: string, options: ManifestOptions = {}): Manifest | undefined {
  const root = realPath(fs, path);
  if (root?.inode.type !== 'dir') return undefined;
  const hashes = new FileHashes(fs);
  const { hashUpToBytes = Infinity } = options;
  // A Map, then fromEntries: `manifest[path] = entry` would lose a file called __proto__.
  const entries = new Map<string, ManifestEntry>();
  const names = new Map<number, string[]>();
  for (const { path: name, inode } of walkTree(fs, root.inode, options)) {
    const entry = manifestEntry(fs, inode);
    if (inode.type === 'file' && inode.sizeBytes <= hashUpToBytes) entry.sha256 = hashes.of(inode);
    entries.set(name, entry);
    if (inode.type !== 'file' || inode.links < 2) continue;
    const group = names.get(inode.number);
    if (group) group.push(name);
    else names.set(inode.number, [name]);
  }
  for (const group of names.values()) {
    const [first, ...others] = group.sort();
    for (const other of others) entries.get(other)!.hardlinkOf = first!;
  }
  return Object.fromEntries(entries);
}

/** All of an entry but its hash and its other names. */
export function manifestEntry(fs: FileSystem, inode: Inode): ManifestEntry {
  const entry: ManifestEntry = {
    type: inode.type,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    size: inode.type === 'file' ? inode.sizeBytes : 0,
  };
  if (inode.type === 'symlink') entry.target = fs.readlink(inode);
  const xattrs = Object.entries(fs.xattrs(inode)).map(([name, value]) => [name, value.toString('hex')]);
  if (xattrs.length > 0) entry.xattrs = Object.fromEntries(xattrs.sort()) as Record<string, string>;
  return entry;
}
