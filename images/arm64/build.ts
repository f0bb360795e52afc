import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, BuiltImages } from '../builder/build.ts';
import { BuilderRoot, removeTree } from '../builder/builder-root.ts';
import { cacheDirectory, contentKey } from '../builder/cache-key.ts';
import { definitions, type ImageDefinition } from '../definitions.ts';
import { asOwner, contentsOf } from '../derived-image.ts';
import { imageSet, type ImageContents, type ImageRecord, type ImageSet } from '../image-set.ts';
import { devicePackages } from './device-packages.ts';
import { uBootEnvironment } from './u-boot-environment.ts';
import { uBootScript } from './u-boot-script.ts';

const here = dirname(fileURLToPath(import.meta.url));
const attempts = 2;
/** One sector: a disk writes it whole or not at all. */
const environmentBytes = 512;

/**
 * The reference device for another machine: arm64, started by U-Boot. Its images are made by the tools of the reference set's builder root, by the
 * same scripts, from packages of the other architecture that are only unpacked.
 */
export async function buildArm64Images(reference: BuiltImages, options: BuildOptions): Promise<BuiltImages> {
  const sources = (await readdir(here)).filter((name) => !name.endsWith('.test.ts')).sort();
  const key = contentKey(
    sources.map((name) => join(here, name)),
    [reference.set.key],
  ).slice(0, 24);
  const directory = join(cacheDirectory(), 'images', `arm64-${key}`);
  const step = stepper(options);
  if (existsSync(join(directory, 'set.json')) && !options.force) {
    options.onStep('images of arm64', 'cached', 0);
    return open(directory, step);
  }
  await sweep(dirname(directory));
  const work = `${directory}.partial-${process.pid}`;
  await removeTree(work);
  await mkdir(join(work, 'disks'), { recursive: true });
  try {
    await build(work, key, reference, step);
    await removeTree(directory);
    await rename(work, directory);
  } catch (error) {
    await removeTree(work).catch(() => undefined);
    throw error;
  }
  return open(directory, step);
}

type Step = <T>(name: string, body: () => Promise<T>) => Promise<T>;

function stepper({ onStep }: BuildOptions): Step {
  return async (name, body) => {
    const start = performance.now();
    onStep(name, 'begin', 0);
    const result = await body();
    onStep(name, 'end', performance.now() - start);
    return result;
  };
}

/** What builds that were killed left behind. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^arm64-.*\.partial-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await removeTree(join(folder, name));
  }
}

async function build(work: string, key: string, reference: BuiltImages, step: Step): Promise<void> {
  const path = join(work, 'root');
  const root = new BuilderRoot(path);
  const inside = join(path, 'build');
  const packagesDirectory = await devicePackages(step);
  await step('arm64: common tree', async () => {
    await copyBuilder(join(reference.directory, 'root'), path);
    const parts = (await readdir(packagesDirectory)).map((name) => join(packagesDirectory, name));
    await asOwner('cp', ['-al', ...parts, inside]);
    await asOwner('cp', ['-a', '--no-preserve=ownership', join(here, '../reference'), join(inside, 'reference')]);
    await asOwner('cp', ['-a', '--no-preserve=ownership', here, join(inside, 'arm64')]);
    await writeFirmwareFiles(work, inside);
    await root.run(['sh', '/build/arm64/adapt.sh']);
    await root.script('shape.sh', []);
    await root.script('key.sh', []);
  });
  const images: Record<string, ImageRecord> = {};
  for (const [name, definition] of Object.entries(definitions))
    images[name] = await step(`arm64: image ${name}`, () => commit(root, work, name, definition));
  await step('arm64: repository', async () => {
    await root.script('publish.sh', Object.keys(definitions));
    for (const name of ['served', 'channels', 'trusted.gpg'])
      await asOwner('mv', [join(inside, name), join(work, name)]);
  });
  const set: ImageSet = {
    name: 'arm64',
    key,
    client: 'ostree',
    stateroot: 'bootproof',
    images,
    packages: await packages(inside),
  };
  await writeFile(join(work, 'set.json'), JSON.stringify(imageSet.parse(set), null, 2));
  await step('arm64: disk v1', () => makeDisk(work, ['v1']));
}

/** The reference set's builder root without what was built in it. Nothing writes to its files, so they can be shared. */
async function copyBuilder(from: string, to: string): Promise<void> {
  const parts = (await readdir(from)).filter((name) => !['build', 'proc', 'dev', 'sys'].includes(name));
  await asOwner('mkdir', ['-p', to, ...['proc', 'dev', 'sys', 'build'].map((name) => join(to, name))]);
  await asOwner('cp', ['-al', ...parts.map((name) => join(from, name)), to]);
}

async function writeFirmwareFiles(scratch: string, inside: string): Promise<void> {
  const counting = { upgrade_available: '0', bootcount: '0', bootlimit: String(attempts) };
  const files = {
    'boot.scr': uBootScript(await readFile(join(here, 'boot.cmd'), 'utf8'), 'bootproof'),
    'env.img': uBootEnvironment(counting, environmentBytes),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(scratch, name), content);
    await asOwner('mv', [join(scratch, name), join(inside, name)]);
  }
}

async function commit(
  root: BuilderRoot,
  work: string,
  name: string,
  definition: ImageDefinition,
): Promise<ImageRecord> {
  const { version = name, kernel, early = '-', overlays, etcPolicy = 'merge', unhealthy } = definition;
  const said = await root.script('commit.sh', [name, version, kernel, early, ...overlays]);
  const [checksum, kernelRelease] = said.trim().split('\n').at(-1)!.split(' ') as [string, string];
  const contents = await contentsOf(root, `/build/checkout/${name}`);
  await mkdir(join(work, 'contents'), { recursive: true });
  await writeFile(join(work, 'contents', `${name}.json`), JSON.stringify(contents));
  const hash = (leaf: string): string => contents.usr[`lib/modules/${kernelRelease}/${leaf}`]?.sha256 ?? '';
  return {
    name,
    commit: checksum,
    version,
    kernelRelease,
    linuxSha256: hash('vmlinuz'),
    initrdSha256: hash('initramfs.img'),
    etcPolicy,
    rollback: { kind: 'uboot', attempts },
    ...(unhealthy === undefined ? {} : { unhealthy }),
  };
}

async function packages(inside: string): Promise<ImageSet['packages']> {
  const texts = await Promise.all(
    ['packages.locked', 'kernels.list'].map((name) => readFile(join(inside, name), 'utf8')),
  );
  return texts
    .join('')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name = '', version = '', sha256 = '']) => ({ name, version, sha256 }));
}

async function makeDisk(directory: string, names: readonly string[]): Promise<string> {
  const disk = join(directory, 'disks', `${names.join('+')}.raw`);
  if (existsSync(disk)) return disk;
  const partial = `disk-${process.pid}.raw`;
  await new BuilderRoot(join(directory, 'root')).script('disk.sh', [`/build/${partial}`, ...names]);
  await rename(join(directory, 'root/build', partial), disk);
  return disk;
}

async function open(directory: string, step: Step): Promise<BuiltImages> {
  return {
    directory,
    set: imageSet.parse(JSON.parse(await readFile(join(directory, 'set.json'), 'utf8'))),
    disk: (names) => {
      const path = join(directory, 'disks', `${names.join('+')}.raw`);
      return existsSync(path)
        ? Promise.resolve(path)
        : step(`arm64: disk ${names.join('+')}`, () => makeDisk(directory, names));
    },
    contents: async (name) =>
      JSON.parse(await readFile(join(directory, 'contents', `${name}.json`), 'utf8')) as ImageContents,
    repository: {
      objects: join(directory, 'served'),
      channel: (name) => join(directory, 'channels', name),
      trustedKey: join(directory, 'trusted.gpg'),
    },
  };
}
