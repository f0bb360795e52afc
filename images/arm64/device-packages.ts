import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asOwner } from '../builder/builder-root.ts';
import { cacheDirectory, contentKey } from '../builder/cache-key.ts';
import { debootstrap, hooks, packageNames } from '../builder/debian-root.ts';
import type { Step } from '../builder/step.ts';
import { makeWhole } from '../builder/whole-folder.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** What the reference device's list has for its own boot loader and for the builder. */
const notOnDevice = ['cpio', 'fdisk', 'grub-common', 'grub-pc-bin', 'zstd'];

/**
 * A directory in the cache with what the device consists of: `device` (its packages, unpacked), `kernels`, `kernels.list` and `packages.locked`. Kept by
 * itself, for it takes most of a build's time and changes seldom. Not to be written to. @throws BenchError `debootstrap-failed`.
 */
export async function devicePackages(step: Step): Promise<string> {
  const sources = ['../reference/packages.txt', 'packages.txt', 'kernels.sh', 'device-packages.ts'];
  const key = contentKey(
    sources.map((name) => join(here, name)),
    [],
  ).slice(0, 24);
  const directory = join(cacheDirectory(), 'images', `arm64-packages-${key}`);
  if (existsSync(directory)) return directory;
  await makeWhole(directory, async (work) => {
    const device = join(work, 'device');
    await step('Debian packages', () => unpackDevicePackages(device));
    for (const name of ['kernels', 'kernels.list', 'packages.locked'])
      await rename(join(device, 'build', name), join(work, name));
    await asOwner('rmdir', [join(device, 'build')]);
  });
  return directory;
}

/** Unpacks the device's packages into a directory, and runs none of their programs. */
async function unpackDevicePackages(path: string): Promise<void> {
  const reference = await packageNames(join(here, '../reference/packages.txt'));
  const own = await packageNames(join(here, 'packages.txt'));
  await debootstrap(path, {
    what: 'a Debian root of arm64',
    suite: 'trixie',
    packages: [...reference.filter((name) => !notOnDevice.includes(name)), ...own],
    options: [
      ...['--architectures=arm64', '--variant=extract', '--include=?essential'],
      ...hooks('extract', join(here, 'kernels.sh')),
    ],
    needs: 'arm64',
  });
}
