import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { grubDisk } from '../builder/boot-sector.ts';
import { asOwner, BuilderRoot } from '../builder/builder-root.ts';
import { contentKey } from '../builder/cache-key.ts';
import { debootstrap, hooks, packageNames } from '../builder/debian-root.ts';
import { contentsOf, recordFrom } from '../builder/image-contents.ts';
import { keepContents, keptSet, type MakeDisk } from '../builder/kept-set.ts';
import { commitTree, finishSet, openOstreeSet, promiseOf, type OstreeSet } from '../builder/ostree-set.ts';
import { stepper, type BuildOptions, type Step } from '../builder/step.ts';
import { definitions } from '../definitions.ts';
import type { BuiltImages, ImageRecord } from '../image-set.ts';
import { imageNames, ownImages } from './definitions.ts';
import { sealDisk } from './seal-disk.ts';

const here = dirname(fileURLToPath(import.meta.url));
const images = dirname(here);
const reference = join(images, 'reference');

/**
 * The reference device's images made of Debian 14 (testing) by the same scripts, with a root that is a composefs image whose every byte the kernel verifies; or finds
 * them in the cache. A suite that moves: what it was made of stands in the set.
 */
export async function buildForkyImages(options: BuildOptions): Promise<BuiltImages> {
  const key = contentKey([here, reference, join(images, 'builder')], [JSON.stringify(definitions)]).slice(0, 24);
  const step = stepper(options.onStep, 'forky: ');
  const make = (work: string): Promise<void> => build(work, key, step);
  return openOstreeSet(await keptSet(`forky-${key}`, 'images of forky', options, make), step, disk);
}

async function build(work: string, key: string, step: Step): Promise<void> {
  const root = new BuilderRoot(join(work, 'root'));
  const own = (script: string, ...parameters: string[]) => root.run(['sh', `/build/forky/${script}`, ...parameters]);
  // fsverity: what the device tells the digest of its root by
  const packages = [...(await packageNames(join(reference, 'packages.txt'))), 'fsverity'];
  const options = ['--variant=minbase', ...hooks('customize', join(here, 'root.sh'), join(reference, 'packages.sh'))];
  await step('Debian packages', () =>
    debootstrap(root.path, { what: 'a Debian 14 root', suite: 'forky', packages, options, needs: 'forky' }),
  );
  await asOwner('cp', ['-a', '--no-preserve=ownership', reference, join(root.path, 'build/reference')]);
  await asOwner('cp', ['-a', '--no-preserve=ownership', here, join(root.path, 'build/forky')]);
  await step('common tree', async () => {
    await root.script('shape.sh', []);
    await own('tree.sh');
    await root.script('key.sh', []);
  });
  await step('kernels', async () => {
    await own('kernels.sh');
    await own('seal.sh');
  });
  const commitSealed: OstreeSet['commit'] = (name, done) => commit(root, work, name, done);
  await finishSet(work, root, step, { name: 'forky', key, images: imageNames, commit: commitSealed, disk });
}

/** Tree and kernel as the reference's script makes them, then the commit that promises a composefs image. */
async function commit(
  root: BuilderRoot,
  work: string,
  name: string,
  done: Readonly<Record<string, ImageRecord>>,
): Promise<ImageRecord> {
  const own = ownImages[name];
  const base = own ? done[own.tree]! : await treeOf(root, name);
  const kind = own?.digest ?? (own?.unsealed ? 'unsealed' : 'sealed');
  const argv = ['sh', '/build/forky/commit.sh', name, own?.tree ?? name, kind];
  const [checksum = '', composefs = ''] = await root.answer(argv);
  const contents = await contentsOf(root, `/build/checkout/${name}`);
  await keepContents(work, name, contents);
  return {
    ...recordFrom(base, name, checksum, contents),
    seal: { composefs, verity: true },
    ...(own ? { negative: own.change, twin: own.tree } : {}),
  };
}

async function treeOf(root: BuilderRoot, name: string): Promise<ReturnType<typeof promiseOf>> {
  const definition = definitions[name]!;
  const [, kernelRelease = ''] = await commitTree(root, name, definition);
  return promiseOf(name, definition, kernelRelease, { kind: 'grub', attempts: 2 });
}

const bootable = grubDisk('/build/forky/disk.sh');

/** A disk of these images, with fs-verity on all that they consist of. */
const disk: MakeDisk = async (root, inside, outside, names) => {
  await bootable(root, inside, outside, names);
  const seal = (leaf: string): string => join(root.path, 'build/seal', leaf);
  await sealDisk(outside, { kernel: seal('vmlinuz'), initramfs: seal('initramfs.img') });
};
