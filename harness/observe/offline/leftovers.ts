import { deploymentDirs, directoriesIn } from './deployments.ts';
import { readOr, type OnDamage } from './damage.ts';
import type { FileSystem } from '../../blocklog/file-system.ts';
import type { SystemView } from '../observation.ts';

const nameLimit = 1000;

/** What an update may leave behind, listed whether it is in use or not; each list sorted and at most 1,000 long. */
export function observeLeftovers(root: FileSystem, boot: FileSystem, onDamage: OnDamage): SystemView['leftovers'] {
  const list = (where: string, read: () => string[]): string[] => readOr([], where, onDamage, read).slice(0, nameLimit);
  const usedBytes = ({ usage }: FileSystem): number => usage.totalBytes - usage.freeBytes;
  return {
    deploymentDirs: list('/ostree/deploy', () => deploymentDirs(root)),
    loaderDirs: list('/boot', () => directoriesIn(boot, '/').filter((name) => /^loader\./.test(name))),
    bootOstreeDirs: list('/boot/ostree', () => directoriesIn(boot, '/ostree')),
    bootlinks: list('/ostree', () => namesIn(root, '/ostree').filter((name) => /^boot\./.test(name))),
    repoTmp: list('/ostree/repo/tmp', () =>
      namesIn(root, '/ostree/repo/tmp').filter((name) => name !== 'cache' && !/(^|[-.])lock$/.test(name)),
    ),
    rootUsedBytes: usedBytes(root),
    bootUsedBytes: usedBytes(boot),
  };
}

function namesIn(fs: FileSystem, path: string): string[] {
  const inode = fs.lookup(path);
  if (inode?.type !== 'dir') return [];
  return fs
    .readdir(inode)
    .map(({ name }) => name)
    .sort();
}
