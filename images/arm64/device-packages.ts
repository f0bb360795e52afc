import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { namespaces, removeTree } from '../builder/builder-root.ts';
import { cacheDirectory, contentKey } from '../builder/cache-key.ts';
import { debianMirror } from '../builder/mirror.ts';
import { asOwner } from '../derived-image.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** What the reference device's list has for its own boot loader and for the builder. */
const notOnDevice = ['cpio', 'fdisk', 'grub-common', 'grub-pc-bin', 'zstd'];

/**
 * A directory in the cache with what the device consists of: `device` (its packages, unpacked), `kernels`, `kernels.list` and `packages.locked`. Kept by
 * itself, for it takes most of a build's time and changes seldom. Not to be written to. @throws BenchError `debootstrap-failed`.
 */
export async function devicePackages(step: <T>(name: string, body: () => Promise<T>) => Promise<T>): Promise<string> {
  const sources = ['../reference/packages.txt', 'packages.txt', 'kernels.sh', 'device-packages.ts'];
  const key = contentKey(
    sources.map((name) => join(here, name)),
    [],
  ).slice(0, 24);
  const directory = join(cacheDirectory(), 'images', `arm64-packages-${key}`);
  if (existsSync(directory)) return directory;
  const work = `${directory}.partial-${process.pid}`;
  try {
    await asOwner('mkdir', ['-p', work]);
    await step('arm64: Debian packages', () => unpackDevicePackages(join(work, 'device')));
    for (const name of ['kernels', 'kernels.list', 'packages.locked'])
      await asOwner('mv', [join(work, 'device/build', name), join(work, name)]);
    await asOwner('rmdir', [join(work, 'device/build')]);
    await asOwner('mv', ['-T', work, directory]);
  } finally {
    await removeTree(work);
  }
  return directory;
}

/** Unpacks the device's packages into a directory, and runs none of their programs. */
async function unpackDevicePackages(path: string): Promise<void> {
  const { main, security } = await debianMirror();
  const reference = await packagesOf(join(here, '../reference/packages.txt'));
  const packages = [
    ...reference.filter((name) => !notOnDevice.includes(name)),
    ...(await packagesOf(join(here, 'packages.txt'))),
  ];
  const excluded = ['doc', 'man', 'locale', 'info', 'bash-completion', 'lintian'];
  const result = await execa(
    'unshare',
    [
      ...namespaces(),
      'mmdebstrap',
      '--mode=root',
      '--architectures=arm64',
      '--variant=extract',
      '--format=directory',
      '--skip=check/empty',
      ...excluded.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
      '--aptopt=Apt::Install-Recommends "false"',
      '--aptopt=Acquire::Retries "3"',
      '--include=?essential',
      `--include=${packages.join(',')}`,
      `--extract-hook=sh ${JSON.stringify(join(here, 'kernels.sh'))} "$1"`,
      'trixie',
      path,
      `deb ${main} trixie main`,
      `deb ${main} trixie-updates main`,
      `deb ${security} trixie-security main`,
    ],
    { reject: false, env: { SOURCE_DATE_EPOCH: '1767225600' }, stdin: 'ignore' },
  );
  if (!result.failed) return;
  throw new BenchError(
    `Could not unpack Debian packages for arm64\n${result.stderr.trim().split('\n').slice(-8).join('\n')}`,
    {
      code: 'debootstrap-failed',
      hint: 'does the mirror have arm64? BOOTPROOF_MIRROR names another one',
      details: { exitCode: result.exitCode ?? null, stderr: result.stderr.slice(-4000) },
    },
  );
}

async function packagesOf(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  return lines.filter((line) => line && !line.startsWith('#'));
}
