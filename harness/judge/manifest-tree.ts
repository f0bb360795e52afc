import type { Manifest, ManifestEntry } from '../observe/observation.ts';

const impliedDir: ManifestEntry = { type: 'dir', mode: 0o755, uid: 0, gid: 0, size: 0 };

/** All paths above `path`, the topmost first, without the root. */
export function ancestors(path: string): string[] {
  const above: string[] = [];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) if (at > 0) above.push(path.slice(0, at));
  return above;
}

export function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/**
 * A manifest as a tree that can be trusted to be one: directories that it leaves out are implied, what lies below something that is no
 * directory is dropped, and further names of an inode carry the content of the first. In order of path, the root ('') first if present.
 */
export function treeOf(manifest: Manifest): Map<string, ManifestEntry> {
  const given = new Map(Object.entries(manifest));
  const tree = new Map<string, ManifestEntry>();
  for (const path of [...given.keys()].sort()) {
    const above = ancestors(path);
    if (above.some((dir) => (given.get(dir) ?? impliedDir).type !== 'dir')) continue;
    for (const dir of above) if (!tree.has(dir)) tree.set(dir, given.get(dir) ?? impliedDir);
    const entry = given.get(path);
    if (entry !== undefined) tree.set(path, withContent(entry, given));
  }
  return tree;
}

function withContent(entry: ManifestEntry, given: ReadonlyMap<string, ManifestEntry>): ManifestEntry {
  if (entry.hardlinkOf === undefined || entry.sha256 !== undefined) return entry;
  const first = given.get(entry.hardlinkOf);
  return first?.sha256 === undefined ? entry : { ...entry, size: first.size, sha256: first.sha256 };
}

/** Paths at and below `path`, the topmost first. */
export function subtree(tree: ReadonlyMap<string, ManifestEntry>, path: string): string[] {
  return [...tree.keys()].filter((key) => key === path || key.startsWith(`${path}/`)).sort();
}
