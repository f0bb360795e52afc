import type { ManifestEntry } from '../observe/observation.ts';
import { parentOf, subtree } from './manifest-tree.ts';

/** Where a path leads inside the tree, symbolic links followed. */
export type Place =
  | { readonly at: string }
  /** The kernel would refuse: ENOENT, ENOTDIR or ELOOP. */
  | { readonly error: 'ENOENT' | 'ENOTDIR' | 'ELOOP'; readonly path: string }
  /** A link out of the tree: what lies there is not in a manifest. */
  | { readonly leaves: string };

const maxLinks = 40;

/** /etc of the new deployment while the local changes are laid over it: what the kernel does with a path relative to its descriptor. */
export class EtcTarget {
  readonly entries: Map<string, ManifestEntry>;

  constructor(defaults: ReadonlyMap<string, ManifestEntry>) {
    // The checkout of /usr/etc into /etc copies every file (`force_copy` in prepare_deployment_etc): no two names share an inode.
    this.entries = new Map([...defaults].map(([path, entry]) => [path, separate(entry)]));
  }

  /** Where `path` leads. `followLast`: as open does; otherwise as lstat does. The last name itself need not exist unless it is followed. */
  locate(path: string, followLast: boolean): Place {
    const pending = path.split('/').filter((name) => name !== '');
    let at = '';
    for (let links = 0; pending.length > 0;) {
      const name = pending.shift() as string;
      if (name === '.') continue;
      if (name === '..') {
        if (at === '') return { leaves: path };
        at = parentOf(at);
        continue;
      }
      const next = at === '' ? name : `${at}/${name}`;
      const entry = this.entries.get(next);
      const last = pending.length === 0;
      if (last && !followLast) return { at: next };
      if (entry === undefined) return { error: 'ENOENT', path: next };
      if (entry.type === 'symlink') {
        if (++links > maxLinks) return { error: 'ELOOP', path: next };
        const target = entry.target ?? '';
        if (target.startsWith('/')) return { leaves: next };
        pending.unshift(...target.split('/').filter((part) => part !== ''));
      } else if (!last && entry.type !== 'dir') return { error: 'ENOTDIR', path: next };
      else at = next;
    }
    return { at };
  }

  put(path: string, entry: ManifestEntry): void {
    this.entries.set(path, separate(entry));
  }

  /** Owner and mode replaced, extended attributes laid over those that are there (dirfd_copy_attributes_and_xattrs). */
  copyAttributes(path: string, from: ManifestEntry): void {
    const old = this.entries.get(path);
    if (old === undefined) return;
    const xattrs = { ...old.xattrs, ...from.xattrs };
    this.entries.set(path, {
      ...old,
      mode: from.mode,
      uid: from.uid,
      gid: from.gid,
      ...(Object.keys(xattrs).length ? { xattrs } : {}),
    });
  }

  remove(path: string): void {
    if (this.entries.get(path)?.type !== 'dir') this.entries.delete(path);
    else for (const each of subtree(this.entries, path)) this.entries.delete(each);
  }
}

function separate(entry: ManifestEntry): ManifestEntry {
  const copy = { ...entry };
  delete copy.hardlinkOf;
  return copy;
}
