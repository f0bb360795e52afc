import { createHash } from 'node:crypto';
import { FileSystemDamage } from '../../blocklog/file-system-damage.ts';
import { ProductError } from '../../errors/harness-error.ts';
import type { FileSystem, Inode } from '../../blocklog/file-system.ts';

export interface TreeNode {
  /** Relative to the root of the walk, '' for the root itself. */
  readonly path: string;
  readonly inode: Inode;
}

export interface WalkOptions {
  /** Paths that are left out, with all below them. */
  readonly leaveOut?: readonly string[];
  /** A disk must not be able to fill the harness's memory. Default 200,000. */
  readonly entryLimit?: number;
}

/**
 * Every entry below `root`, itself first, a directory before what is in it.
 * @throws FileSystemDamage for a directory inside itself and for names that no file can have; ProductError `tree-too-large`.
 */
export function* walkTree(
  fs: FileSystem,
  root: Inode,
  { leaveOut = [], entryLimit = 200_000 }: WalkOptions = {},
): Generator<TreeNode> {
  const left = new Set(leaveOut);
  const todo: (TreeNode & { above: readonly number[] })[] = [{ path: '', inode: root, above: [] }];
  let count = 0;
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    const { path, inode, above } = node;
    if (++count > entryLimit)
      throw new ProductError(`More than ${entryLimit} entries in one tree of ${fs.label}`, { code: 'tree-too-large' });
    yield { path, inode };
    if (inode.type !== 'dir') continue;
    if (above.includes(inode.number))
      throw new FileSystemDamage(`inode ${inode.number}`, 'is a directory inside itself');
    const inside = [...above, inode.number];
    for (const { name, inode: number } of fs.readdir(inode)) {
      if (name === '' || name.includes('/') || name.includes('\0'))
        throw new FileSystemDamage(
          `directory inode ${inode.number}`,
          `has a name that none can be: ${printable(name)}`,
        );
      const child = path === '' ? name : `${path}/${name}`;
      if (!left.has(child)) todo.push({ path: child, inode: fs.inode(number), above: inside });
    }
  }
}

/** sha256 of whole files, hex, each inode read once. */
export class FileHashes {
  readonly #byInode = new Map<number, string>();

  constructor(readonly fs: FileSystem) {}

  of(inode: Inode): string {
    let hash = this.fs.sha256?.(inode) ?? this.#byInode.get(inode.number);
    if (hash === undefined) {
      const sha256 = createHash('sha256');
      for (const chunk of contentOf(this.fs, inode)) sha256.update(chunk);
      hash = sha256.digest('hex');
      if (inode.links > 1) this.#byInode.set(inode.number, hash);
    }
    return hash;
  }
}

/** The bytes of a file, in pieces where the file system can, so that a large one is never in memory whole. */
export const contentOf = (fs: FileSystem, inode: Inode): Iterable<Buffer> => fs.chunks?.(inode) ?? [fs.readFile(inode)];

/** Names on a disk are untrusted: control characters escaped, at most 200 characters. */
export function printable(text: string): string {
  const escaped = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
  return escaped.length <= 200 ? escaped : `${escaped.slice(0, 199)}…`;
}
