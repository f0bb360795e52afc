import type { FileSystem, Inode } from '../../blocklog/file-system.ts';

/** Linux gives up (ELOOP) after as many links on one path. */
const linkLimit = 40;

export interface RealPath {
  /** Absolute, without links, `.` and `..`. */
  readonly path: string;
  readonly inode: Inode;
}

/**
 * Follows every symlink of `path`, the last one too, as realpath(3) does; undefined: it leads nowhere, or round in circles.
 * An absolute link starts again at the root of this file system, which is right for a boot loader; `refuseAbsolute` is for a
 * reader who has it mounted below another root (an initramfs), where such a link leaves the file system.
 */
export function realPath(
  fs: FileSystem,
  path: string,
  { refuseAbsolute = false }: { refuseAbsolute?: boolean } = {},
): RealPath | undefined {
  const todo = path.split('/').reverse();
  const done: string[] = [];
  let inode = fs.lookup('/');
  let links = 0;
  while (todo.length > 0) {
    const name = todo.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    inode = fs.lookup(`/${[...done, name].join('/')}`);
    if (inode === undefined) return undefined;
    if (inode.type !== 'symlink') {
      done.push(name);
      if (inode.type !== 'dir' && todo.some((rest) => rest !== '')) return undefined;
      continue;
    }
    const target = fs.readlink(inode);
    if (++links > linkLimit || target === '') return undefined;
    if (target.startsWith('/')) {
      if (refuseAbsolute) return undefined;
      done.length = 0;
    }
    todo.push(...target.split('/').reverse());
  }
  const real = `/${done.join('/')}`;
  inode = fs.lookup(real);
  return inode && { path: real, inode };
}
