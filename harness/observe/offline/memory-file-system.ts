import { InternalError } from '../../errors/harness-error.ts';
import { FileSystemDamage } from '../../blocklog/file-system-damage.ts';
import type { FileSystem, Inode } from '../../blocklog/file-system.ts';

interface Attributes {
  mode?: number;
  uid?: number;
  gid?: number;
  xattrs?: Record<string, string>;
}

/** One node of a tree in memory; `damage`: its content cannot be read. Made by the functions below. */
export type MemoryNode = Attributes & { damage?: boolean } & (
    | { type: 'file'; content: Buffer }
    | { type: 'symlink'; target: string }
    | { type: 'dir' | 'fifo' | 'char' | 'block' | 'socket' }
    | { type: 'hardlink'; to: string }
  );

export const file = (content: string | Buffer = '', attributes: Attributes = {}): MemoryNode => ({
  type: 'file',
  content: Buffer.from(content as string),
  ...attributes,
});
export const dir = (attributes: Attributes = {}): MemoryNode => ({ type: 'dir', ...attributes });
export const symlink = (target: string, attributes: Attributes = {}): MemoryNode => ({
  type: 'symlink',
  target,
  ...attributes,
});
export const hardlink = (to: string): MemoryNode => ({ type: 'hardlink', to });
export const fifo = (attributes: Attributes = {}): MemoryNode => ({ type: 'fifo', ...attributes });
export const damaged = (node: MemoryNode): MemoryNode => ({ ...node, damage: true });

interface Stored {
  inode: Inode;
  node: MemoryNode;
  children: Map<string, Stored>;
}

const defaultModes: Record<string, number> = { dir: 0o755, symlink: 0o777 };

/**
 * A file system made of paths (relative to its root) and nodes, for tests: directories on the way are made as root's.
 * A hard link names a path that stands before it.
 */
export function memoryFileSystem(
  tree: Record<string, MemoryNode>,
  { label = 'memory', freeBytes = 0, totalBytes = 0 } = {},
): FileSystem {
  const stored = new Map<number, Stored>();
  const add = (node: MemoryNode): Stored => {
    const number = stored.size + 2;
    const inode: Inode = {
      number,
      type: node.type as Inode['type'],
      mode: node.mode ?? defaultModes[node.type] ?? 0o644,
      uid: node.uid ?? 0,
      gid: node.gid ?? 0,
      sizeBytes: node.type === 'file' ? node.content.length : 0,
      links: 1,
    };
    const entry: Stored = { inode, node, children: new Map() };
    stored.set(number, entry);
    return entry;
  };
  const root = add(tree[''] ?? dir());
  const find = (path: string): Stored | undefined =>
    path
      .split('/')
      .filter(Boolean)
      .reduce<Stored | undefined>((at, name) => at?.children.get(name), root);

  for (const [path, node] of Object.entries(tree)) {
    if (path === '') continue;
    const names = path.split('/');
    const name = names.pop()!;
    let parent = root;
    for (const step of names) {
      if (!parent.children.has(step)) parent.children.set(step, add(dir()));
      parent = parent.children.get(step)!;
    }
    if (node.type !== 'hardlink') {
      parent.children.set(name, add(node));
      continue;
    }
    const first = find(node.to);
    if (!first) throw new InternalError(`Hard link to nothing: ${node.to}`, { code: 'memory-hardlink' });
    (first.inode as { links: number }).links++;
    parent.children.set(name, first);
  }

  const get = (number: number): Stored => {
    const entry = stored.get(number);
    if (!entry) throw new FileSystemDamage(`inode ${number}`, 'does not exist');
    return entry;
  };
  const intact = (inode: Inode): Stored => {
    const entry = get(inode.number);
    if (entry.node.damage) throw new FileSystemDamage(`inode ${inode.number}`, 'is damaged');
    return entry;
  };
  return {
    label,
    usage: { freeBytes, totalBytes },
    lookup: (path) => find(path)?.inode,
    readdir: (inode) => [...intact(inode).children].map(([name, child]) => ({ name, inode: child.inode.number })),
    inode: (number) => get(number).inode,
    readlink: (inode) => {
      const { node } = intact(inode);
      return node.type === 'symlink' ? node.target : '';
    },
    readFile: (inode) => {
      const { node } = intact(inode);
      return node.type === 'file' ? node.content : Buffer.alloc(0);
    },
    xattrs: (inode) =>
      Object.fromEntries(
        Object.entries(intact(inode).node.xattrs ?? {}).map(([name, hex]) => [name, Buffer.from(hex, 'hex')]),
      ),
  };
}
