import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BuilderRoot, removeTree } from './builder/builder-root.ts';
import { makeWhole, partialOf, sweepPartial } from './builder/whole-folder.ts';

/** What images that are made from the finished set have in common. */

/** Where a derived image is made. */
export interface Workplace {
  readonly root: BuilderRoot;
  /** A folder of the builder root that is to be made: its path on this host, and as the root's own commands see it. */
  readonly inside: string;
  readonly place: string;
  /** Becomes the image's folder. */
  readonly work: string;
}

/** Makes the folder of a derived image, of the set in `set`, whole or not at all. */
export async function makeBeside(
  set: string,
  directory: string,
  make: (workplace: Workplace) => Promise<void>,
): Promise<void> {
  const root = new BuilderRoot(join(set, 'root'));
  const place = partialOf('/build/derived');
  const inside = join(root.path, place);
  await sweepPartial(dirname(inside));
  try {
    await makeWhole(directory, (work) => make({ root, inside, place, work }));
  } finally {
    await removeTree(inside);
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
