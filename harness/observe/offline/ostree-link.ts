import { realPath } from './real-path.ts';
import type { FileSystem } from '../../blocklog/file-system.ts';

/**
 * The deployment (`STATEROOT/CSUM.SERIAL`) that the kernel argument `ostree=` leads to, as ostree-prepare-root finds it: the path
 * itself must be a symlink, followed to a directory that exists (resolve_deploy_path in ostree-prepare-root.c). The file system
 * is mounted below the initramfs, so that an absolute link leaves it. undefined: the boot would stop in the initramfs.
 */
export function resolveOstreePath(fs: FileSystem, ostreePath: string): string | undefined {
  const slash = ostreePath.lastIndexOf('/');
  const last = ostreePath.slice(slash + 1);
  if (last === '' || last === '.' || last === '..') return undefined;
  const parent = realPath(fs, ostreePath.slice(0, Math.max(0, slash)), { refuseAbsolute: true });
  if (!parent) return undefined;
  const link = `${parent.path === '/' ? '' : parent.path}/${last}`;
  if (fs.lookup(link)?.type !== 'symlink') return undefined;
  const found = realPath(fs, link, { refuseAbsolute: true });
  if (found?.inode.type !== 'dir') return undefined;
  const match = /^\/ostree\/deploy\/([^/]+)\/deploy\/([0-9a-f]{64}\.\d{1,9})$/.exec(found.path);
  return match ? `${match[1]}/${match[2]}` : undefined;
}

/** Path of the directory of a deployment named `STATEROOT/CSUM.SERIAL`. */
export function deploymentPath(deployment: string): string {
  const [stateroot, name] = deployment.split('/') as [string, string];
  return `/ostree/deploy/${stateroot}/deploy/${name}`;
}
