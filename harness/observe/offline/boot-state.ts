import { pickEntry, type BootMenu } from './boot-menu.ts';
import { parseBootLoaderEntry, type BootLoaderEntry } from './boot-loader-entry.ts';
import { readOr, type OnDamage } from './damage.ts';
import type { BootEnvironment } from './boot-environment.ts';
import { grubenvLimitBytes, parseGrubenv } from './grubenv.ts';
import { resolveOstreePath } from './ostree-link.ts';
import { offeredByUEnv, parseUEnv } from './u-boot-entries.ts';
import { realPath } from './real-path.ts';
import { FileHashes, printable } from './tree-walk.ts';
import type { FileSystem, Inode } from '../../blocklog/file-system.ts';
import type { BootEntry, BootState } from '../observation.ts';

export interface BootSource {
  /** The file system that the boot loader reads, /boot itself. */
  readonly boot: FileSystem;
  /**
   * The file system in which `ostree=` is followed. To know what really runs, that of the kernel view whatever view `boot` is
   * of: the initramfs mounts it, with replay.
   */
  readonly root: FileSystem;
  readonly menu: BootMenu;
  /** Where it does not lie on `boot`; default: GRUB's block there. */
  readonly environment?: BootEnvironment | undefined;
  readonly onDamage: OnDamage;
}

const entryLimitBytes = 64 * 1024;
const entryCountLimit = 64;
const environmentPaths = ['/grub/grubenv', '/grub2/grubenv'];

interface FoundEntry extends BootLoaderEntry {
  readonly file: string;
  readonly linuxInode: Inode | undefined;
  readonly initrdInode: Inode | undefined;
}

interface FoundBoot {
  readonly loader: string | undefined;
  readonly environment: BootEnvironment | undefined;
  /** As the menu shows them; then those that it does not show, by name. */
  readonly entries: FoundEntry[];
  readonly default: FoundEntry | undefined;
}

/** Everything about booting that stands on the disk, kernels and initramfs hashed. */
export function observeBoot(source: BootSource): BootState {
  const found = findBoot(source);
  const hashes = new FileHashes(source.boot);
  const entries = found.entries.map((entry) => bootEntry(source, hashes, entry));
  return {
    ...(found.loader === undefined ? {} : { loader: found.loader }),
    entries,
    ...(found.environment ? { environment: found.environment.variables } : {}),
    environmentValid: found.environment?.valid ?? true,
    ...(found.default ? { default: found.default.file } : {}),
  };
}

/**
 * What would run after a boot now: `STATEROOT/CSUM.SERIAL`, or `nowhere: OSTREE-PATH` for an entry that leads to no deployment;
 * undefined: the boot loader has nothing to boot. Reads no kernel, so that it can be asked for thousands of disk states.
 */
export function bootChoice(source: BootSource): string | undefined {
  const entry = findBoot(source).default;
  if (!entry) return undefined;
  return resolve(source, entry) ?? `nowhere: ${printable(entry.ostreePath ?? entry.file)}`;
}

function findBoot({ boot, menu, onDamage, ...source }: BootSource): FoundBoot {
  const loaderInode = readOr(undefined, '/boot/loader', onDamage, () => boot.lookup('/loader'));
  const loader =
    loaderInode?.type === 'symlink'
      ? readOr('loader', '/boot/loader', onDamage, () => boot.readlink(loaderInode).split('/').pop()!)
      : loaderInode && 'loader';
  const inodes = readOr(new Map<string, Inode>(), '/boot/loader/entries', onDamage, () => {
    const directory = realPath(boot, '/loader/entries');
    const names = directory?.inode.type === 'dir' ? boot.readdir(directory.inode) : [];
    const conf = names.filter(({ name }) => name.endsWith('.conf')).sort((a, b) => (a.name < b.name ? -1 : 1));
    return new Map(conf.slice(0, entryCountLimit).map(({ name, inode }) => [name, boot.inode(inode)]));
  });
  const read = new Map([...inodes].map(([file, inode]) => [file, readEntry(boot, file, inode, onDamage)]));
  const shown = menu.list ? listed(boot, read, onDamage) : menu.shown([...read.keys()]);
  const files = [...shown, ...[...read.keys()].filter((file) => !shown.includes(file))];
  const entries = files.map((file) => read.get(file)!);
  const environment = source.environment ?? readEnvironment(boot, onDamage);
  const picked = pickEntry(menu, shown, environment?.variables ?? {}, (file) =>
    isLoadable(entries.find((entry) => entry.file === file)!),
  );
  return { loader, environment, entries, default: entries.find(({ file }) => file === picked) };
}

/** The files in the order of uEnv.txt; what only that has is added to `read`. */
function listed(boot: FileSystem, read: Map<string, FoundEntry>, onDamage: OnDamage): string[] {
  const text = readOr('', '/boot/loader/uEnv.txt', onDamage, () => {
    const inode = realPath(boot, '/loader/uEnv.txt')?.inode;
    return inode ? textOf(boot, inode) : '';
  });
  const offered = parseUEnv(text);
  const { shown } = offeredByUEnv([...read.values()], offered);
  shown.forEach((file, index) => {
    // The kernel is what U-Boot finds by its own path, whatever the entry calls it.
    const found = findKernel(boot, file, offered[index]!, onDamage);
    const { linuxInode, initrdInode } = found;
    const entry = read.get(file);
    read.set(file, entry ? { ...entry, linuxInode, initrdInode } : found);
  });
  return shown;
}

function readEntry(boot: FileSystem, file: string, inode: Inode, onDamage: OnDamage): FoundEntry {
  const text = readOr('', `boot entry ${file}`, onDamage, () => textOf(boot, inode));
  return findKernel(boot, file, parseBootLoaderEntry(text), onDamage);
}

function textOf(boot: FileSystem, inode: Inode): string {
  return inode.type === 'file' && inode.sizeBytes <= entryLimitBytes ? boot.readFile(inode).toString('utf8') : '';
}

function findKernel(boot: FileSystem, file: string, entry: BootLoaderEntry, onDamage: OnDamage): FoundEntry {
  const find = (path: string | undefined): Inode | undefined => {
    if (!path) return undefined;
    const found = readOr(undefined, `${printable(path)} of ${file}`, onDamage, () => realPath(boot, path)?.inode);
    return found?.type === 'file' ? found : undefined;
  };
  return { ...entry, file, linuxInode: find(entry.linux), initrdInode: find(entry.initrd) };
}

/** GRUB refuses a file that is missing or empty; whether its content is right is for the judge. */
function isLoadable({ linuxInode, initrd, initrdInode }: FoundEntry): boolean {
  const present = (inode: Inode | undefined): boolean => inode !== undefined && inode.sizeBytes > 0;
  return present(linuxInode) && (initrd === undefined || present(initrdInode));
}

function readEnvironment(boot: FileSystem, onDamage: OnDamage): BootEnvironment | undefined {
  for (const path of environmentPaths) {
    const inode = readOr(undefined, `/boot${path}`, onDamage, () => realPath(boot, path)?.inode);
    if (inode?.type !== 'file') continue;
    const unreadable = { valid: false, variables: {} };
    if (inode.sizeBytes > grubenvLimitBytes) return unreadable;
    return readOr(unreadable, `/boot${path}`, onDamage, () => parseGrubenv(boot.readFile(inode)));
  }
  return undefined;
}

function resolve({ root, onDamage }: BootSource, { file, ostreePath }: FoundEntry): string | undefined {
  if (ostreePath === undefined) return undefined;
  return readOr(undefined, `ostree= of ${file}`, onDamage, () => resolveOstreePath(root, ostreePath));
}

function bootEntry(source: BootSource, hashes: FileHashes, entry: FoundEntry): BootEntry {
  const { file, title, version, options, linux, initrd, ostreePath, linuxInode, initrdInode } = entry;
  const hash = (inode: Inode | undefined): string | undefined =>
    inode && readOr(undefined, `kernel or initramfs of ${file}`, source.onDamage, () => hashes.of(inode));
  const optional = {
    initrd,
    linuxSha256: hash(linuxInode),
    initrdSha256: hash(initrdInode),
    ostreePath,
    resolvesTo: resolve(source, entry),
  };
  const present = Object.entries(optional).filter(([, value]) => value !== undefined);
  return { file, title, version, options, linux, ...Object.fromEntries(present) };
}
