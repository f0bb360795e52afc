import type { ManifestEntry } from '../observe/observation.ts';
import { ancestors } from './manifest-tree.ts';

/** What was changed locally, as ostree sees it: paths relative to /etc. */
export interface EtcDiff {
  readonly modified: readonly string[];
  /** Only the topmost path of a removed tree. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** GIO, by which ostree compares, knows one type for fifo, socket and both kinds of device. */
function gioType(entry: ManifestEntry): string {
  return ['file', 'dir', 'symlink'].includes(entry.type) ? entry.type : 'special';
}

/**
 * `ostree_diff_dirs` with OSTREE_DIFF_FLAGS_IGNORE_XATTRS (ostree 2025.2, src/libostree/ostree-diff.c; the same in 2026.4): a change of extended
 * attributes alone is no change; type, owner, mode, content or link target is. It does not look below a directory whose type changed.
 */
export function diffEtc(
  defaults: ReadonlyMap<string, ManifestEntry>,
  local: ReadonlyMap<string, ManifestEntry>,
): EtcDiff {
  const modified: string[] = [];
  const removed: string[] = [];
  const added: string[] = [];
  /** A directory on both sides: only below one does the comparison go on. */
  const compared = (path: string): boolean => defaults.get(path)?.type === 'dir' && local.get(path)?.type === 'dir';

  for (const [path, was] of defaults) {
    if (path === '' || !ancestors(path).every(compared)) continue;
    const is = local.get(path);
    if (is === undefined) removed.push(path);
    else if (gioType(was) !== gioType(is) || changed(was, is)) modified.push(path);
  }
  for (const path of local.keys()) {
    if (path === '' || defaults.has(path)) continue;
    // Below an added directory everything is added; below one that replaced a default of another type nothing is listed.
    const known = ancestors(path).filter((dir) => defaults.has(dir));
    if (known.every(compared)) added.push(path);
  }
  return { modified, removed, added };
}

function changed(was: ManifestEntry, is: ManifestEntry): boolean {
  if (was.uid !== is.uid || was.gid !== is.gid) return true;
  if (was.type === 'symlink') return was.target !== is.target;
  if (was.mode !== is.mode) return true;
  return was.type === 'file' && (was.size !== is.size || was.sha256 !== is.sha256);
}
