import type { FileSystem, Inode } from './file-system.ts';

/** A directory of a file system as one of its own: /boot where it has no partition. */
export class Subtree implements FileSystem {
  /** `directory`: absolute, without a slash at its end. */
  constructor(
    private readonly whole: FileSystem,
    private readonly directory: string,
  ) {}

  get label(): string {
    return this.whole.label;
  }

  get usage(): FileSystem['usage'] {
    return this.whole.usage;
  }

  lookup(path: string): Inode | undefined {
    return this.whole.lookup(`${this.directory}/${path}`);
  }

  readdir(inode: Inode): { readonly name: string; readonly inode: number }[] {
    return this.whole.readdir(inode);
  }

  inode(number: number): Inode {
    return this.whole.inode(number);
  }

  readlink(inode: Inode): string {
    return this.whole.readlink(inode);
  }

  readFile(inode: Inode, maxBytes?: number): Buffer {
    return this.whole.readFile(inode, maxBytes);
  }

  chunks(inode: Inode): Iterable<Buffer> {
    return this.whole.chunks?.(inode) ?? [this.whole.readFile(inode)];
  }

  sha256(inode: Inode): string | undefined {
    return this.whole.sha256?.(inode);
  }

  xattrs(inode: Inode): Record<string, Buffer> {
    return this.whole.xattrs(inode);
  }
}
