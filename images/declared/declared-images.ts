import { createHash } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CapabilityError, UsageError } from '../../harness/errors/harness-error.ts';
import { openBootcImages, type BuiltBootcImages } from '../bootc/bootc-images.ts';
import { importImage } from '../bootc/imported-image.ts';
import { asOwner, BuilderRoot, removeTree } from '../builder/builder-root.ts';
import { cacheDirectory } from '../builder/cache-key.ts';
import { keepSet, keptSet } from '../builder/kept-set.ts';
import { stepper, type BuildOptions, type Step } from '../builder/step.ts';
import type { ImageRecord } from '../image-set.ts';
import { copyRaw, lookAtDisk, staterootOf, type DeclaredDisk } from './declared-disk.ts';
import type { ImageFile } from './image-file.ts';
import { withSkopeo, type PinnedImage } from './pinned-images.ts';

/** A set of somebody's own OCI images: fetched by digest, imported as a device does it, and installed to a disk. */
export interface BuiltDeclaredImages extends BuiltBootcImages {
  readonly pinned: readonly PinnedImage[];
}

/**
 * Pins the images of a file by digest and makes a set of them, or finds it in the cache. `tools`: the built set of bootc, whose root
 * has bootc, skopeo and the boot loader. @throws UsageError `image-not-found`, `not-bootable`.
 */
export async function buildDeclaredImages(
  file: ImageFile,
  tools: BuiltBootcImages,
  options: BuildOptions,
): Promise<BuiltDeclaredImages> {
  const pinned = await pinImages(file, tools);
  refuseUnbootable(pinned);
  const { path: _path, credentials: _credentials, certificates: _certificates, ...policy } = file;
  const key = createHash('sha256')
    .update(JSON.stringify([tools.set.key, policy, pinned, await identityOf(file.disk)]))
    .digest('hex')
    .slice(0, 24);
  const step = stepper(options.onStep, `${file.name}: `);
  const make = (work: string): Promise<void> => build(work, key, file, pinned, tools, step);
  const built = await openBootcImages(await keptSet(`declared-${key}`, `images of ${file.name}`, options, make), step);
  return { ...built, pinned, ...(file.disk === undefined ? {} : { disk: (names) => givenDisk(built, names) }) };
}

/** Of a disk that may be gigabytes: another file, or the same one written again, is another disk. */
async function identityOf(disk: string | undefined): Promise<unknown> {
  if (disk === undefined) return undefined;
  const found = await stat(disk).catch((cause: unknown) => {
    throw new UsageError(`No such disk: ${disk}`, { code: 'disk-missing', cause });
  });
  return [disk, found.size, found.mtimeMs];
}

/** Somebody else's boot loader and partitions are there with v1 alone. */
async function givenDisk({ directory }: BuiltBootcImages, names: readonly string[]): Promise<string> {
  if (names.join() === 'v1') return join(directory, 'disks/v1.raw');
  throw new CapabilityError(`No disk that begins with ${names.join(' and ')}: the image set brings one with v1`, {
    code: 'no-such-disk',
  });
}

/** The digest that each image of the file has now. */
export function pinImages(file: ImageFile, tools: BuiltBootcImages): Promise<PinnedImage[]> {
  return withSkopeo(new BuilderRoot(join(tools.directory, 'root')), file, (skopeo) => skopeo.pin());
}

function refuseUnbootable(pinned: readonly PinnedImage[]): void {
  const other = pinned.find(({ isBootc }) => !isBootc);
  if (!other) return;
  throw new UsageError(`Not bootable, it has no label containers.bootc=1: image ${other.role}, ${other.reference}`, {
    code: 'not-bootable',
    hint: 'a bootc image is made FROM one, and `bootc container lint` checks it',
  });
}

async function build(
  work: string,
  key: string,
  file: ImageFile,
  pinned: readonly PinnedImage[],
  tools: BuiltBootcImages,
  step: Step,
): Promise<void> {
  const path = join(work, 'root');
  const root = new BuilderRoot(path);
  await step(`tools`, async () => {
    await asOwner('cp', ['-a', join(tools.directory, 'root'), path]);
    for (const stale of ['repo', 'oci', 'checkout', 'layers', 'base']) await removeTree(join(path, 'build', stale));
    await root.run(['ostree', 'init', '--repo=/build/repo', '--mode=bare']);
  });
  const images: Record<string, ImageRecord> = {};
  for (const image of pinned) {
    images[image.role] = await step(`image ${image.role}`, async () => {
      await withSkopeo(root, file, (skopeo) => skopeo.copy(image));
      const { unhealthy } = file.images[image.role]!;
      const policy = { etcPolicy: file.etc, rollback: file.rollback };
      return importImage(root, work, image.role, { ...policy, ...(unhealthy === undefined ? {} : { unhealthy }) });
    });
  }
  const stateroot = file.disk === undefined ? tools.set.stateroot : await takeDisk(work, file.disk, images['v1']!);
  await keepSet(work, { name: file.name, key, client: file.client, stateroot, images, packages: [] });
}

/** The stateroot of a given disk, which is kept as that of v1. */
async function takeDisk(work: string, disk: string, { commit }: ImageRecord): Promise<string> {
  const raw = join(work, 'disks/v1.raw');
  await copyRaw(disk, raw);
  return staterootOf(lookAtDisk(raw), commit, disk);
}

/** What a disk offers, looked at in a copy that is gone afterwards. @throws UsageError. */
export async function checkDisk(disk: string): Promise<DeclaredDisk> {
  const directory = await mkdtemp(join(cacheDirectory(), 'disk-'));
  try {
    const raw = join(directory, 'disk.raw');
    await copyRaw(disk, raw);
    return lookAtDisk(raw);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
