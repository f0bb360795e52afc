import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { installBootSector } from '../builder/boot-sector.ts';
import type { BuildOptions, BuiltImages } from '../builder/build.ts';
import { BuilderRoot, namespaces, removeTree } from '../builder/builder-root.ts';
import { cacheDirectory, contentKey } from '../builder/cache-key.ts';
import { debianMirror } from '../builder/mirror.ts';
import { definitions } from '../definitions.ts';
import { asOwner, contentsOf, recordFrom } from '../derived-image.ts';
import { imageSet, type ImageContents, type ImageRecord, type ImageSet } from '../image-set.ts';
import { imageNames, ownImages } from './definitions.ts';
import { sealDisk } from './seal-disk.ts';

const here = dirname(fileURLToPath(import.meta.url));
const images = dirname(here);
const reference = join(images, 'reference');

type Step = <T>(name: string, body: () => Promise<T>) => Promise<T>;

/**
 * The reference device's images made of Debian 14 (testing) by the same scripts, with a root that is a composefs image whose every byte the kernel verifies; or finds
 * them in the cache. A suite that moves: what it was made of stands in the set.
 */
export async function buildForkyImages({ onStep, force = false }: BuildOptions): Promise<BuiltImages> {
  const key = contentKey([here, reference, join(images, 'builder')], [JSON.stringify(definitions)]).slice(0, 24);
  const directory = join(cacheDirectory(), 'images', `forky-${key}`);
  const step: Step = async (name, body) => {
    const start = performance.now();
    onStep(name, 'begin', 0);
    const result = await body();
    onStep(name, 'end', performance.now() - start);
    return result;
  };
  if (existsSync(join(directory, 'set.json')) && !force) {
    onStep('images of forky', 'cached', 0);
    return open(directory, step);
  }
  const work = `${directory}.partial-${process.pid}`;
  await removeTree(work);
  await mkdir(join(work, 'disks'), { recursive: true });
  await mkdir(join(work, 'contents'), { recursive: true });
  try {
    await build(work, key, step);
    await removeTree(directory);
    await rename(work, directory);
  } catch (error) {
    await removeTree(work).catch(() => undefined);
    throw error;
  }
  return open(directory, step);
}

async function build(work: string, key: string, step: Step): Promise<void> {
  const path = join(work, 'root');
  const root = new BuilderRoot(path);
  const own = (script: string, ...parameters: string[]) => root.run(['sh', `/build/forky/${script}`, ...parameters]);
  await step('forky: Debian packages', () => debootstrap(path));
  await asOwner('cp', ['-a', '--no-preserve=ownership', reference, join(path, 'build/reference')]);
  await asOwner('cp', ['-a', '--no-preserve=ownership', here, join(path, 'build/forky')]);
  await step('forky: common tree', async () => {
    await root.script('shape.sh', []);
    await own('tree.sh');
    await root.script('key.sh', []);
  });
  await step('forky: kernels', async () => {
    await own('kernels.sh');
    await own('seal.sh');
  });
  const records: Record<string, ImageRecord> = {};
  for (const name of imageNames)
    records[name] = await step(`forky: image ${name}`, () => commit(root, work, name, records));
  await step('forky: repository', async () => {
    await root.script('publish.sh', imageNames);
    await rename(join(path, 'build/served'), join(work, 'served'));
    await rename(join(path, 'build/channels'), join(work, 'channels'));
    await copyFile(join(path, 'build/trusted.gpg'), join(work, 'trusted.gpg'));
  });
  const lists = await Promise.all(
    ['packages.locked', 'kernels.list'].map((leaf) => readFile(join(path, 'build', leaf), 'utf8')),
  );
  const packages = lists
    .join('')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name = '', version = '', sha256 = '']) => ({ name, version, sha256 }));
  const set: ImageSet = { name: 'forky', key, client: 'ostree', stateroot: 'bootproof', images: records, packages };
  await writeFile(join(work, 'set.json'), JSON.stringify(imageSet.parse(set), null, 2));
  await step('forky: disk v1', () => makeDisk(work, ['v1']));
}

async function debootstrap(path: string): Promise<void> {
  const { main } = await debianMirror();
  const packages = (await readFile(join(reference, 'packages.txt'), 'utf8'))
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  const excluded = ['doc', 'man', 'locale', 'info', 'bash-completion', 'lintian'];
  const argv = [
    ...['--mode=root', '--variant=minbase', '--format=directory', '--skip=check/empty'],
    ...excluded.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    '--dpkgopt=force-unsafe-io',
    '--aptopt=Apt::Install-Recommends "false"',
    '--aptopt=Acquire::Retries "3"',
    // fsverity: what the device tells the digest of its root by
    `--include=${[...packages, 'fsverity'].join(',')}`,
    `--customize-hook=sh ${JSON.stringify(join(here, 'root.sh'))} "$1"`,
    'forky',
    path,
    // A mirror of a suite that is not released may lag behind for longer than its index is good for; who signed it is verified all the same.
    `deb [check-valid-until=no] ${main} forky main`,
  ];
  const result = await execa('unshare', [...namespaces(), 'mmdebstrap', ...argv], {
    reject: false,
    env: { SOURCE_DATE_EPOCH: '1767225600' },
    stdin: 'ignore',
  });
  if (!result.failed) return;
  throw new BenchError(
    `Could not make a Debian 14 root from this host's mirror\n${result.stderr.trim().split('\n').slice(-8).join('\n')}`,
    {
      code: 'debootstrap-failed',
      hint: 'doctor checks the tools and the mirror; BOOTPROOF_MIRROR names another one, which has to have forky',
      details: { exitCode: result.exitCode ?? null, stderr: result.stderr.slice(-4000) },
    },
  );
}

/** Tree and kernel as the reference's script makes them, then the commit that promises a composefs image. */
async function commit(
  root: BuilderRoot,
  work: string,
  name: string,
  done: Readonly<Record<string, ImageRecord>>,
): Promise<ImageRecord> {
  const definition = definitions[name];
  const own = ownImages[name];
  let kernelRelease = '';
  if (definition) {
    const { version = name, kernel, early = '-', overlays } = definition;
    const said = await root.script('commit.sh', [name, version, kernel, early, ...overlays]);
    kernelRelease = said.trim().split('\n').at(-1)!.split(' ')[1]!;
  }
  const kind = own?.digest ?? (own?.unsealed ? 'unsealed' : 'sealed');
  const said = await root.run(['sh', '/build/forky/commit.sh', name, own?.tree ?? name, kind]);
  const [checksum = '', digest = ''] = said.trim().split('\n').at(-1)!.split(' ');
  const contents = await contentsOf(root, `/build/checkout/${name}`);
  await writeFile(join(work, 'contents', `${name}.json`), JSON.stringify(contents));
  const base: ImageRecord = own
    ? done[own.tree]!
    : {
        name,
        commit: checksum,
        version: definition!.version ?? name,
        kernelRelease,
        linuxSha256: '',
        initrdSha256: '',
        etcPolicy: definition!.etcPolicy ?? 'merge',
        rollback: { kind: 'grub', attempts: 2 },
        ...(definition!.unhealthy === undefined ? {} : { unhealthy: definition!.unhealthy }),
      };
  return {
    ...recordFrom(base, name, checksum, contents),
    seal: { composefs: digest, verity: true },
    ...(own ? { negative: own.change, twin: own.tree } : {}),
  };
}

/** A disk of these images, with fs-verity on all that they consist of. */
async function makeDisk(directory: string, names: readonly string[]): Promise<string> {
  const disk = join(directory, 'disks', `${names.join('+')}.raw`);
  if (existsSync(disk)) return disk;
  const inside = join(directory, 'root/build');
  const partial = `disk-${process.pid}.raw`;
  await new BuilderRoot(join(directory, 'root')).run(['sh', '/build/forky/disk.sh', `/build/${partial}`, ...names]);
  installBootSector(join(inside, partial), join(inside, 'boot.img'), join(inside, 'core.img'));
  const seal = (leaf: string): string => join(inside, 'seal', leaf);
  await sealDisk(join(inside, partial), { kernel: seal('vmlinuz'), initramfs: seal('initramfs.img') });
  await rename(join(inside, partial), disk);
  return disk;
}

async function open(directory: string, step: Step): Promise<BuiltImages> {
  const set = imageSet.parse(JSON.parse(await readFile(join(directory, 'set.json'), 'utf8')));
  const contents = async (name: string): Promise<ImageContents> =>
    JSON.parse(await readFile(join(directory, 'contents', `${name}.json`), 'utf8')) as ImageContents;
  return {
    directory,
    set,
    contents,
    disk: (names) => {
      const path = join(directory, 'disks', `${names.join('+')}.raw`);
      return existsSync(path)
        ? Promise.resolve(path)
        : step(`forky: disk ${names.join('+')}`, () => makeDisk(directory, names));
    },
    repository: {
      objects: join(directory, 'served'),
      channel: (name) => join(directory, 'channels', name),
      trustedKey: join(directory, 'trusted.gpg'),
    },
  };
}
