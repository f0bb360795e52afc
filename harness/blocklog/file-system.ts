/** A file system read without mounting it. Paths are absolute inside it, '/' separated; symlinks are never followed implicitly. */
export interface Inode {
  readonly number: number;
  readonly type: 'file' | 'dir' | 'symlink' | 'fifo' | 'char' | 'block' | 'socket';
  /** Permission bits with setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly links: number;
}

export interface FileSystem {
  readonly label: string;
  /** Free and total bytes as the superblock has them. */
  readonly usage: { readonly freeBytes: number; readonly totalBytes: number };
  /** undefined: no such path. @throws FileSystemDamage when a structure on the way is not what it must be. */
  lookup(path: string): Inode | undefined;
  /** Names without . and .. */
  readdir(inode: Inode): { readonly name: string; readonly inode: number }[];
  inode(number: number): Inode;
  readlink(inode: Inode): string;
  /** @throws FileSystemDamage; the whole file, at most `maxBytes` (default 256 MiB). */
  readFile(inode: Inode, maxBytes?: number): Buffer;
  /** The file in pieces, in order, for files of any size; absent where every file is small. */
  chunks?(inode: Inode): Iterable<Buffer>;
  /** sha256 of the file, hex, where the file system can tell it without reading. */
  sha256?(inode: Inode): string | undefined;
  xattrs(inode: Inode): Record<string, Buffer>;
}
