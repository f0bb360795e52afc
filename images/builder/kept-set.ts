import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { imageSet, type BuiltImages, type ImageContents, type ImageSet } from '../image-set.ts';
import { BuilderRoot } from './builder-root.ts';
import { cacheDirectory } from './cache-key.ts';
import type { BuildOptions, Step } from './step.ts';
import { makeWhole, partialOf, sweepPartial } from './whole-folder.ts';

/** A set in its folder: `set.json`, `contents/IMAGE.json`, `disks/`, and `root`, the builder root that it was made in. */

/**
 * The folder `name` of the cache's image sets, made now unless it is there; nothing is left behind when that fails.
 * @param title what it is called among the steps of a build
 */
export async function keptSet(
  name: string,
  title: string,
  { onStep, force = false }: BuildOptions,
  make: (work: string) => Promise<void>,
): Promise<string> {
  const directory = join(cacheDirectory(), 'images', name);
  if (existsSync(join(directory, 'set.json')) && !force) {
    onStep(title, 'cached', 0);
    return directory;
  }
  const build = async (work: string): Promise<void> => {
    for (const folder of ['disks', 'contents']) await mkdir(join(work, folder));
    await make(work);
  };
  await makeWhole(directory, build, { replace: force });
  return directory;
}

/** The last file to be written: a folder that has it is a set. */
export async function keepSet(work: string, set: ImageSet): Promise<void> {
  await writeFile(join(work, 'set.json'), JSON.stringify(imageSet.parse(set), null, 2));
}

export async function keepContents(work: string, name: string, contents: ImageContents): Promise<void> {
  await writeFile(join(work, 'contents', `${name}.json`), JSON.stringify(contents));
}

/** What can be read of every set. */
export async function readSet(directory: string): Promise<Pick<BuiltImages, 'directory' | 'set' | 'contents'>> {
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(directory, name), 'utf8'));
  return {
    directory,
    set: imageSet.parse(await read('set.json')),
    contents: async (name) => (await read(join('contents', `${name}.json`))) as ImageContents,
  };
}

/** Makes the file `outside`, which the root's own commands see as `inside`: a raw disk with these images deployed, the last one booted. */
export type MakeDisk = (root: BuilderRoot, inside: string, outside: string, names: readonly string[]) => Promise<void>;

/** The disk of a set with these images, made once. */
export async function keptDisk(
  directory: string,
  names: readonly string[],
  step: Step,
  make: MakeDisk,
): Promise<string> {
  const leaf = `${names.join('+')}.raw`;
  const disk = join(directory, 'disks', leaf);
  if (existsSync(disk)) return disk;
  const root = new BuilderRoot(join(directory, 'root'));
  const inside = partialOf(`/build/${leaf}`);
  const outside = join(root.path, inside);
  await sweepPartial(dirname(outside));
  try {
    await step(`disk ${names.join('+')}`, () => make(root, inside, outside, names));
    await rename(outside, disk);
  } finally {
    await rm(outside, { force: true });
  }
  return disk;
}
