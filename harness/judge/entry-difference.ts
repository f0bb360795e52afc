import type { ManifestEntry } from '../observe/observation.ts';

export type Aspect = 'type' | 'content' | 'target' | 'mode' | 'owner' | 'xattrs' | 'hardlink';

export interface ComparisonOptions {
  /** Names of extended attributes that are not compared. */
  readonly ignoredXattrs?: readonly string[];
  readonly hardlinks?: boolean;
}

/** In what two entries of one path differ; empty: they are the same. A hash that only one side has is a difference, never a match. */
export function differences(a: ManifestEntry, b: ManifestEntry, options: ComparisonOptions = {}): Aspect[] {
  if (a.type !== b.type) return ['type'];
  const found: Aspect[] = [];
  if (a.type === 'file' && (a.size !== b.size || a.sha256 !== b.sha256)) found.push('content');
  if (a.type === 'symlink' && a.target !== b.target) found.push('target');
  // Linux gives every symbolic link mode 0777 and never looks at it.
  if (a.type !== 'symlink' && a.mode !== b.mode) found.push('mode');
  if (a.uid !== b.uid || a.gid !== b.gid) found.push('owner');
  if (xattrWords(a, options.ignoredXattrs) !== xattrWords(b, options.ignoredXattrs)) found.push('xattrs');
  if (options.hardlinks === true && a.hardlinkOf !== b.hardlinkOf) found.push('hardlink');
  return found;
}

function xattrWords(entry: ManifestEntry, ignored: readonly string[] = []): string {
  const kept = Object.entries(entry.xattrs ?? {}).filter(([name]) => !ignored.includes(name));
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** Compares two that may be absent. */
export function samePlace(
  a: ManifestEntry | undefined,
  b: ManifestEntry | undefined,
  options: ComparisonOptions = {},
): boolean {
  if (a === undefined || b === undefined) return a === b;
  return differences(a, b, options).length === 0;
}
