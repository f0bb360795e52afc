import { UsageError } from '../../errors/harness-error.ts';
import { decodeGVariant, type GVariantValue } from './gvariant.ts';
import { GVariantError } from './gvariant-error.ts';
import type { FileSystem, Inode } from '../../blocklog/file-system.ts';

export type ObjectType = 'commit' | 'dirtree' | 'dirmeta' | 'file';

export interface OstreeCommit {
  readonly parent: string | undefined;
  readonly rootTree: string;
  readonly rootMeta: string;
  /** The `version` in the commit's metadata. */
  readonly version: string | undefined;
}

export interface OstreeDirTree {
  readonly files: readonly { readonly name: string; readonly checksum: string }[];
  readonly dirs: readonly { readonly name: string; readonly tree: string; readonly meta: string }[];
}

/** A repository of mode `bare`, read-only. Each directory of objects is listed once. */
export class OstreeRepo {
  readonly #listings = new Map<string, Map<string, number>>();

  constructor(
    readonly fs: FileSystem,
    /** Absolute: `/ostree/repo`. */
    readonly path: string,
  ) {}

  /** @throws UsageError `ostree-repo-mode`: only `bare` keeps owner, mode and attributes in the inode. */
  checkMode(): void {
    const config = this.fs.lookup(`${this.path}/config`);
    const text = config?.type === 'file' ? this.fs.readFile(config, 64 * 1024).toString('utf8') : '';
    const mode = /^mode=([a-z0-9-]*)[ \t]*$/m.exec(text)?.[1];
    if (mode !== 'bare')
      throw new UsageError(`Mode ${mode ?? 'unknown'} of the repository is not bare: ${this.path}`, {
        code: 'ostree-repo-mode',
        hint: 'a device holds a bare repository; build the image with one',
      });
  }

  /** The inode of an object; undefined: missing. */
  object(checksum: string, type: ObjectType): Inode | undefined {
    const prefix = checksum.slice(0, 2);
    let listing = this.#listings.get(prefix);
    if (!listing) {
      const dir = this.fs.lookup(`${this.path}/objects/${prefix}`);
      const names = dir?.type === 'dir' ? this.fs.readdir(dir) : [];
      listing = new Map(names.map(({ name, inode }) => [name, inode]));
      this.#listings.set(prefix, listing);
    }
    const number = listing.get(`${checksum.slice(2)}.${type}`);
    return number === undefined ? undefined : this.fs.inode(number);
  }

  /** True: ostree itself marked the commit as not wholly pulled. */
  isPartial(commit: string): boolean {
    return this.fs.lookup(`${this.path}/state/${commit}.commitpartial`) !== undefined;
  }
}

/** @throws GVariantError */
export function parseCommit(bytes: Buffer): OstreeCommit {
  const fields = decodeGVariant('(a{sv}aya(say)sstayay)', bytes) as GVariantValue[];
  const [metadata, parent, , , , , rootTree, rootMeta] = fields as [
    [string, { type: string; value: GVariantValue }][],
    Buffer,
    unknown,
    unknown,
    unknown,
    unknown,
    Buffer,
    Buffer,
  ];
  const version = metadata.find(([key, { type }]) => key === 'version' && type === 's')?.[1].value;
  return {
    parent: parent.length === 0 ? undefined : checksum(parent),
    rootTree: checksum(rootTree),
    rootMeta: checksum(rootMeta),
    version: version as string | undefined,
  };
}

/** @throws GVariantError */
export function parseDirTree(bytes: Buffer): OstreeDirTree {
  const [files, dirs] = decodeGVariant('(a(say)a(sayay))', bytes) as [[string, Buffer][], [string, Buffer, Buffer][]];
  return {
    files: files.map(([name, file]) => ({ name, checksum: checksum(file) })),
    dirs: dirs.map(([name, tree, meta]) => ({ name, tree: checksum(tree), meta: checksum(meta) })),
  };
}

function checksum(bytes: Buffer): string {
  if (bytes.length !== 32) throw new GVariantError(`a checksum of ${bytes.length} bytes`);
  return bytes.toString('hex');
}
