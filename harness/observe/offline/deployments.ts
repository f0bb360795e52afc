import { readOr, type OnDamage } from './damage.ts';
import { OstreeRepo, parseCommit } from './ostree-repo.ts';
import type { FileSystem } from '../../blocklog/file-system.ts';
import type { BootState, Deployment } from '../observation.ts';

const originLimitBytes = 64 * 1024;
const deploymentLimit = 256;

/** Directory names below `path`; [] when there is no such directory. */
export function directoriesIn(fs: FileSystem, path: string): string[] {
  const inode = fs.lookup(path);
  if (inode?.type !== 'dir') return [];
  return fs
    .readdir(inode)
    .filter((entry) => fs.inode(entry.inode).type === 'dir')
    .map(({ name }) => name)
    .sort();
}

/** `STATEROOT/CSUM.SERIAL` of every directory that is named like a deployment, whole or not. */
export function deploymentDirs(fs: FileSystem): string[] {
  const all = directoriesIn(fs, '/ostree/deploy').flatMap((stateroot) =>
    directoriesIn(fs, `/ostree/deploy/${stateroot}/deploy`)
      .filter((name) => /^[0-9a-f]{64}\.\d{1,9}$/.test(name))
      .map((name) => `${stateroot}/${name}`),
  );
  return all.slice(0, deploymentLimit);
}

/**
 * The deployments that have an origin file, in the order of the boot menu, those without an entry last. Nothing runs, so
 * `booted` is what the default entry leads to, and `rollback` the one after it in the menu; a stage lives in /run and is never here.
 */
export function observeDeployments(fs: FileSystem, boot: BootState, onDamage: OnDamage): Deployment[] {
  const order = boot.entries.map(({ resolvesTo }) => resolvesTo).filter((name) => name !== undefined);
  const booted = boot.entries.find(({ file }) => file === boot.default)?.resolvesTo;
  const rollback =
    booted === undefined ? undefined : order.slice(order.indexOf(booted)).find((name) => name !== booted);
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  const found = readOr([], 'the deployments', onDamage, () => deploymentDirs(fs)).sort((a, b) => rank(a) - rank(b));
  const repo = new OstreeRepo(fs, '/ostree/repo');
  return found.flatMap((name) => {
    const [, stateroot, checksum, serial] = /^(.+)\/([0-9a-f]{64})\.(\d+)$/.exec(name)!;
    const origin = readOr(undefined, `origin of ${name}`, onDamage, () => readOrigin(fs, name));
    if (origin === undefined) return [];
    const version = readOr(undefined, `commit of ${name}`, onDamage, () => commitVersion(repo, checksum!));
    const refspec = /^(?:refspec|container-image-reference)=(.*)$/m.exec(origin)?.[1]?.trim();
    return {
      stateroot: stateroot!,
      checksum: checksum!,
      serial: Number(serial),
      booted: name === booted,
      staged: false,
      rollback: name === rollback,
      pinned: /^\[libostree-transient\]\n(?:(?!\[).*\n)*pinned=true[ \t]*$/m.test(origin),
      ...(refspec === undefined ? {} : { origin: refspec }),
      ...(version === undefined ? {} : { version }),
    };
  });
}

function readOrigin(fs: FileSystem, name: string): string | undefined {
  const [stateroot, deployment] = name.split('/') as [string, string];
  const inode = fs.lookup(`/ostree/deploy/${stateroot}/deploy/${deployment}.origin`);
  if (inode?.type !== 'file') return undefined;
  return inode.sizeBytes <= originLimitBytes ? fs.readFile(inode).toString('utf8') : '';
}

function commitVersion(repo: OstreeRepo, checksum: string): string | undefined {
  const inode = repo.object(checksum, 'commit');
  return inode?.type === 'file' ? parseCommit(repo.fs.readFile(inode)).version : undefined;
}
