import type { Manifest, ManifestEntry, Observation } from '../observation.ts';

type UsrState = NonNullable<Observation['usr']>;

/**
 * Compares a listing of /usr with what the image's build says is in it. Hard links are passed over: ostree makes one inode of
 * files that are the same. At most 100 differences, `path: what`.
 */
export function compareUsr(found: Manifest, expected: Manifest): Omit<UsrState, 'checksum'> {
  const differences: string[] = [];
  let filesVerified = 0;
  for (const path of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const what = difference(found[path], expected[path], path);
    if (what === undefined) filesVerified += Number(expected[path]?.type === 'file');
    else if (differences.length < 100) differences.push(`${path}: ${what}`);
  }
  return { differences, filesVerified, method: 'manifest' };
}

function difference(is: ManifestEntry | undefined, want: ManifestEntry | undefined, path: string): string | undefined {
  if (!is) return 'missing';
  if (!want) return 'not in the image';
  if (is.type !== want.type) return `is a ${is.type}, not a ${want.type}`;
  if (is.type === 'symlink') return is.target === want.target ? undefined : 'other target';
  if (is.mode !== want.mode && path !== '') return `mode ${is.mode.toString(8)}, not ${want.mode.toString(8)}`;
  if (is.uid !== want.uid || is.gid !== want.gid) return `owner ${is.uid}:${is.gid}, not ${want.uid}:${want.gid}`;
  if (is.sha256 !== want.sha256 || is.size !== want.size) return 'other content';
  return JSON.stringify(is.xattrs ?? {}) === JSON.stringify(want.xattrs ?? {})
    ? undefined
    : 'other extended attributes';
}
