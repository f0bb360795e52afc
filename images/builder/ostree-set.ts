import { copyFile, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageDefinition } from '../definitions.ts';
import type { BuiltImages, ImageRecord, ImageSet } from '../image-set.ts';
import type { BuilderRoot } from './builder-root.ts';
import { contentsOf, recordFrom } from './image-contents.ts';
import { keepContents, keepSet, keptDisk, readSet, type MakeDisk } from './kept-set.ts';
import type { Step } from './step.ts';

/** A set of the reference device's images, for one machine and suite or another. */
export interface OstreeSet {
  readonly name: string;
  /** Hash of everything that it is made of. */
  readonly key: string;
  readonly images: readonly string[];
  /** Commits one of them in the builder root. `done`: those before it. */
  readonly commit: (name: string, done: Readonly<Record<string, ImageRecord>>) => Promise<ImageRecord>;
  readonly disk: MakeDisk;
}

/** Makes a set in the folder `work` from a builder root that has the common tree: images, repository and channels, the disk with v1. */
export async function finishSet(
  work: string,
  root: BuilderRoot,
  step: Step,
  { name, key, images, commit, disk }: OstreeSet,
): Promise<void> {
  const built = join(root.path, 'build');
  const records: Record<string, ImageRecord> = {};
  for (const image of images) records[image] = await step(`image ${image}`, () => commit(image, records));
  await step('repository', async () => {
    await root.script('publish.sh', images);
    for (const part of ['served', 'channels']) await rename(join(built, part), join(work, part));
    await copyFile(join(built, 'trusted.gpg'), join(work, 'trusted.gpg'));
  });
  const packages = await builtPackages(built);
  await keepSet(work, { name, key, client: 'ostree', stateroot: 'bootproof', images: records, packages });
  await keptDisk(work, ['v1'], step, disk);
}

/** What the scripts wrote down: a package a line, its name, version and sha256. */
async function builtPackages(built: string): Promise<ImageSet['packages']> {
  const lists = ['packages.locked', 'kernels.list'].map((leaf) => readFile(join(built, leaf), 'utf8'));
  const lines = (await Promise.all(lists)).join('').trim().split('\n');
  return lines
    .map((line) => line.split(' '))
    .map(([name = '', version = '', sha256 = '']) => ({ name, version, sha256 }));
}

/** A set that is in the cache. */
export async function openOstreeSet(directory: string, step: Step, disk: MakeDisk): Promise<BuiltImages> {
  return {
    ...(await readSet(directory)),
    disk: (names) => keptDisk(directory, names, step, disk),
    repository: {
      objects: join(directory, 'served'),
      channel: (name) => join(directory, 'channels', name),
      trustedKey: join(directory, 'trusted.gpg'),
    },
  };
}

/** Commits one of the reference device's images in a builder root. */
export async function commitImage(
  root: BuilderRoot,
  work: string,
  name: string,
  definition: ImageDefinition,
  rollback: ImageRecord['rollback'],
): Promise<ImageRecord> {
  const [checksum = '', kernelRelease = ''] = await commitTree(root, name, definition);
  const contents = await contentsOf(root, `/build/checkout/${name}`);
  await keepContents(work, name, contents);
  return recordFrom(promiseOf(name, definition, kernelRelease, rollback), name, checksum, contents);
}

/** @returns the commit, and the release of its kernel. */
export function commitTree(
  root: BuilderRoot,
  name: string,
  { version = name, kernel, early = '-', overlays }: ImageDefinition,
): Promise<string[]> {
  return root.answer(['sh', '/build/reference/commit.sh', name, version, kernel, early, ...overlays]);
}

/** What is known of an image before it is made. */
export function promiseOf(
  name: string,
  { version = name, etcPolicy, unhealthy }: ImageDefinition,
  kernelRelease: string,
  rollback: ImageRecord['rollback'],
): Pick<ImageRecord, 'version' | 'kernelRelease' | 'etcPolicy' | 'rollback' | 'unhealthy'> {
  return {
    version,
    kernelRelease,
    etcPolicy: etcPolicy ?? 'merge',
    rollback,
    ...(unhealthy === undefined ? {} : { unhealthy }),
  };
}
