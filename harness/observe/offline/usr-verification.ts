import { ProductError } from '../../errors/harness-error.ts';
import { manifestEntry } from './manifest.ts';
import { realPath } from './real-path.ts';
import { FileHashes, printable, walkTree } from './tree-walk.ts';
import type { FileSystem, Inode } from '../../blocklog/file-system.ts';
import type { Manifest, ManifestEntry } from '../observation.ts';

const differenceLimit = 100;

export interface UsrVerification {
  /** `path: what`, at most 100; then the rest of the tree is not read. Empty: verified clean. */
  readonly differences: string[];
  readonly filesVerified: number;
  readonly method: 'manifest';
}

/**
 * Compares /usr of a deployment with what the image holds, paths of `expected` relative to /usr. Hard links are not compared:
 * ostree makes one inode of all files that are the same. Damage is a difference, not an error.
 */
export function verifyUsr(fs: FileSystem, deploymentPath: string, expected: Manifest): UsrVerification {
  const differences: string[] = [];
  let filesVerified = 0;
  const done = (): UsrVerification => ({ differences, filesVerified, method: 'manifest' });
  try {
    const usr = realPath(fs, `${deploymentPath}/usr`);
    if (!usr) return { ...done(), differences: ['/usr: missing'] };
    const missing = new Set(Object.keys(expected));
    const hashes = new FileHashes(fs);
    for (const { path, inode } of walkTree(fs, usr.inode)) {
      if (differences.length >= differenceLimit) return done();
      const wanted = Object.hasOwn(expected, path) ? expected[path] : undefined;
      missing.delete(path);
      const what = wanted ? difference(fs, hashes, inode, wanted) : 'not in the image';
      if (what !== undefined) differences.push(`/usr/${printable(path)}: ${what}`);
      else if (inode.type === 'file') filesVerified++;
    }
    for (const path of [...missing].slice(0, differenceLimit - differences.length))
      differences.push(`/usr/${printable(path)}: missing`);
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    differences.push(`/usr: cannot be read: ${error.message}`);
  }
  return done();
}

function difference(fs: FileSystem, hashes: FileHashes, inode: Inode, wanted: ManifestEntry): string | undefined {
  try {
    const found = manifestEntry(fs, inode);
    if (found.type !== wanted.type) return `type ${found.type}, not ${wanted.type}`;
    if (found.type !== 'symlink' && found.mode !== wanted.mode)
      return `mode ${octal(found.mode)}, not ${octal(wanted.mode)}`;
    if (found.uid !== wanted.uid || found.gid !== wanted.gid)
      return `owner ${found.uid}:${found.gid}, not ${wanted.uid}:${wanted.gid}`;
    if (found.target !== wanted.target)
      return `target ${printable(found.target ?? '')}, not ${printable(wanted.target ?? '')}`;
    const attribute = differingAttribute(found.xattrs ?? {}, wanted.xattrs ?? {});
    if (attribute !== undefined) return `extended attribute ${printable(attribute)}`;
    if (found.size !== wanted.size) return `${found.size} bytes, not ${wanted.size}`;
    if (wanted.sha256 === undefined) return undefined;
    const hash = hashes.of(inode);
    return hash === wanted.sha256 ? undefined : `sha256 ${hash}, not ${wanted.sha256}`;
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    return `cannot be read: ${error.message}`;
  }
}

function differingAttribute(found: Record<string, string>, wanted: Record<string, string>): string | undefined {
  return [...Object.keys(wanted), ...Object.keys(found)].find((name) => found[name] !== wanted[name]);
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
