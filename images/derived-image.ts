import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseTreeScan, treeScanScript } from '../harness/observe/live/tree-scan.ts';
import { BuilderRoot, namespaces, removeTree } from './builder/builder-root.ts';
import type { ImageContents, ImageRecord } from './image-set.ts';

/** What images that are made from the finished set have in common. */

/** As the owner of the builder root's files, who is another than the caller when the build is rootless. */
export async function asOwner(command: string, argv: readonly string[]): Promise<void> {
  await execa('unshare', [...namespaces(), command, ...argv], { stdin: 'ignore' });
}

/** Everything below /usr of a checkout in the builder root, and /usr/etc by itself. */
export async function contentsOf(root: BuilderRoot, checkout: string): Promise<ImageContents> {
  const scan = await root.bytes(['sh', '-c', treeScanScript, 'sh', `${checkout}/usr`, String(2 ** 40)]);
  const usr = await parseTreeScan(
    (async function* () {
      yield scan;
    })(),
  );
  const defaultEtc = Object.fromEntries(
    Object.entries(usr)
      .filter(([path]) => path === 'etc' || path.startsWith('etc/'))
      .map(([path, entry]) => [path === 'etc' ? '' : path.slice(4), entry]),
  );
  return { usr, defaultEtc };
}

/** The record of an image made from `base`, with the kernel and initramfs that it turned out to have. */
export function recordFrom(base: ImageRecord, name: string, commit: string, { usr }: ImageContents): ImageRecord {
  const module = (leaf: string): string => usr[`lib/modules/${base.kernelRelease}/${leaf}`]?.sha256 ?? '';
  return { ...base, name, commit, linuxSha256: module('vmlinuz'), initrdSha256: module('initramfs.img') };
}

/** Where a derived image is made. */
export interface Workplace {
  readonly root: BuilderRoot;
  /** A folder of the builder root that is to be made: its path on this host, and as the root's own commands see it. */
  readonly inside: string;
  readonly place: string;
  /** Becomes the image's folder. */
  readonly work: string;
}

/**
 * Makes the folder of a derived image, of the set in `set`: works beside it, and renames; whoever is first has made it. Nothing is left behind
 * when that fails, and what others that were killed left is swept first.
 */
export async function makeBeside(
  set: string,
  directory: string,
  make: (workplace: Workplace) => Promise<void>,
): Promise<void> {
  const root = new BuilderRoot(join(set, 'root'));
  const build = join(root.path, 'build');
  await sweep([dirname(directory), build]);
  const mark = `derived-${process.pid}`;
  const work = `${directory}.partial-${process.pid}`;
  const inside = join(build, mark);
  try {
    await mkdir(work, { recursive: true });
    await make({ root, inside, place: `/build/${mark}`, work });
    await rename(work, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await removeTree(inside);
    await removeTree(work);
  }
}

async function sweep(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (const name of existsSync(folder) ? await readdir(folder) : []) {
      const pid = /^derived-(\d+)$|\.partial-(\d+)$/.exec(name)?.slice(1).find(Boolean);
      if (pid !== undefined && !existsSync(`/proc/${pid}`)) await removeTree(join(folder, name));
    }
  }
}

/** Removes the disks of a set with one of these images on them as they were before: a disk is cached by the names on it alone. */
export async function forgetDisks(set: string, names: readonly string[]): Promise<void> {
  const disks = join(set, 'disks');
  for (const file of await readdir(disks)) {
    const held = file.replace(/\.raw$/, '').split('+');
    if (held.some((name) => names.includes(name))) await rm(join(disks, file), { force: true });
  }
}
