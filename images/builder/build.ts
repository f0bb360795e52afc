import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions } from '../definitions.ts';
import type { BuiltImages } from '../image-set.ts';
import { grubDisk } from './boot-sector.ts';
import { asOwner, BuilderRoot } from './builder-root.ts';
import { contentKey } from './cache-key.ts';
import { debootstrap, hooks, packageNames } from './debian-root.ts';
import { keptSet } from './kept-set.ts';
import { commitImage, finishSet, openOstreeSet } from './ostree-set.ts';
import { stepper, type BuildOptions, type Step } from './step.ts';

const here = dirname(fileURLToPath(import.meta.url));
const reference = join(dirname(here), 'reference');
const disk = grubDisk('/build/reference/disk.sh');

/** Builds the reference device's images, or finds them in the cache. */
export async function buildImages(options: BuildOptions): Promise<BuiltImages> {
  const key = contentKey([reference, here], [JSON.stringify(definitions)]).slice(0, 24);
  const step = stepper(options.onStep);
  const directory = await keptSet(key, 'images', options, (work) => build(work, key, step));
  return openOstreeSet(directory, step, disk);
}

async function build(work: string, key: string, step: Step): Promise<void> {
  const root = new BuilderRoot(join(work, 'root'));
  const packages = await packageNames(join(reference, 'packages.txt'));
  const options = [
    '--variant=minbase',
    ...hooks('customize', join(reference, 'root.sh'), join(reference, 'packages.sh')),
  ];
  await step('Debian packages', () =>
    debootstrap(root.path, { what: 'a Debian root', suite: 'trixie', packages, options, needs: 'trixie' }),
  );
  await asOwner('cp', ['-a', '--no-preserve=ownership', reference, join(root.path, 'build/reference')]);
  await step('common tree', async () => {
    await root.script('shape.sh', []);
    await root.script('key.sh', []);
  });
  await finishSet(work, root, step, {
    name: 'reference',
    key,
    images: Object.keys(definitions),
    commit: (name) => commitImage(root, work, name, definitions[name]!, { kind: 'grub', attempts: 2 }),
    disk,
  });
}
