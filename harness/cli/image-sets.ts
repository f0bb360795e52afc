import type { BuildOptions } from '../../images/builder/step.ts';
import type { BuiltImages } from '../../images/image-set.ts';
import type { BuiltBootcImages } from '../../images/bootc/bootc-images.ts';
import { isImageFile } from '../../images/declared/image-file.ts';
import { isImageDirectory } from '../../images/pack/image-directory.ts';
import type { Capability } from '../device/capability.ts';
import type { ImageSource } from '../session/image-source.ts';
import { didYouMean } from '../bench-file/nearest-name.ts';
import { UsageError } from '../errors/harness-error.ts';

export const defaultImages = 'reference';

interface PrepareOptions extends BuildOptions {
  /** Also the images that are broken on purpose; otherwise only when they are in the cache. */
  readonly negatives?: boolean;
  /** Names of images beyond the standard ones; others are left out unless they are in the cache. */
  readonly variants?: readonly string[];
}

/** A set that is ready, and as sessions use it. */
export interface PreparedImages extends Pick<BuiltImages, 'directory' | 'set'> {
  readonly source: ImageSource;
  /** Digests that references were resolved to, by image; for the record. */
  readonly digests?: Readonly<Record<string, string>>;
}

/** What the images of a set can be asked for, before any is built. */
const setCapabilities: Readonly<Record<string, readonly Capability[]>> = { forky: ['image.composefs'] };

/** Image sets by name. What builds them is loaded only when it is asked for. */
const sets: Readonly<Record<string, (options: PrepareOptions) => Promise<PreparedImages>>> = {
  reference: async ({ negatives = false, variants = [], ...options }) => {
    const { buildImages } = await import('../../images/builder/build.ts');
    const { withNegatives } = await import('../../images/negatives/build.ts');
    const { withVariants } = await import('../../images/variants/build.ts');
    const { imageSourceOf } = await import('../../images/image-source.ts');
    const { onStep } = options;
    const standard = await withNegatives(await buildImages(options), { onStep, build: negatives });
    const built = await withVariants(standard, { onStep, build: variants });
    return { directory: built.directory, set: built.set, source: imageSourceOf(built) };
  },
  arm64: async ({ onStep, force = false }) => {
    const { buildImages } = await import('../../images/builder/build.ts');
    const { buildArm64Images } = await import('../../images/arm64/build.ts');
    const { imageSourceOf } = await import('../../images/image-source.ts');
    const built = await buildArm64Images(await buildImages({ onStep }), { onStep, force });
    return { directory: built.directory, set: built.set, source: imageSourceOf(built) };
  },
  forky: async (options) => {
    const { buildForkyImages } = await import('../../images/forky/build.ts');
    const { imageSourceOf } = await import('../../images/image-source.ts');
    const built = await buildForkyImages(options);
    return { directory: built.directory, set: built.set, source: imageSourceOf(built) };
  },
  bootc: async ({ onStep, force = false, variants = [] }) => {
    const { bootcImageSource } = await import('../../images/bootc/image-source.ts');
    const { withOstreeOrigin } = await import('../../images/bootc/ostree-origin.ts');
    const { built: standard, reference } = await bootcSet({ onStep, force });
    const built = await withOstreeOrigin(standard, { onStep, build: variants });
    return { directory: built.directory, set: built.set, source: bootcImageSource(built, reference) };
  },
};

export const imageSetNames = Object.keys(sets);

/** What cases may ask of the images that a run uses, known before any is built. @throws UsageError for a set that is not there. */
export async function imageCapabilities(name: string): Promise<readonly Capability[]> {
  if (Object.hasOwn(sets, name)) return setCapabilities[name] ?? [];
  if (isImageFile(name)) {
    const { loadImageFile } = await import('../../images/declared/image-file.ts');
    await loadImageFile(name);
    return [];
  }
  if (!isImageDirectory(name)) throw noSuchImages(name);
  const { openImageDirectory } = await import('../../images/pack/image-directory.ts');
  const { set } = await openImageDirectory(name, { needed: [] });
  return Object.values(set.images).some(({ seal }) => seal?.verity) ? ['image.composefs'] : [];
}

/** Builds an image set, or finds it in the cache. @throws UsageError `no-such-images`, BenchError of the builder. */
export async function prepareImages(name: string, options: PrepareOptions): Promise<PreparedImages> {
  if (isImageFile(name)) return prepareDeclared(name, options);
  const prepare = Object.hasOwn(sets, name) ? sets[name] : undefined;
  if (prepare) return prepare(options);
  if (isImageDirectory(name)) return prepareDirectory(name, options);
  throw noSuchImages(name);
}

function noSuchImages(name: string): UsageError {
  return new UsageError(`No such image set: ${name}`, {
    code: 'no-such-images',
    hint:
      didYouMean(name, imageSetNames) ??
      `there are: ${imageSetNames.join(', ')}, files of your own (*.yaml), and directories of a set`,
  });
}

/** How the Debian packages of a built set differ from the checked-in lock, one a line; []: not at all. Told, never an error. */
export async function packageDriftOf({ set }: PreparedImages): Promise<string[]> {
  const { driftOf } = await import('../../images/packages-lock.ts');
  return driftOf(set);
}

/** The set `bootc`, whose root has the tools for images of one's own as well. @throws UsageError `no-bootc`. */
async function bootcSet({ onStep, force = false }: BuildOptions): Promise<{
  built: BuiltBootcImages;
  reference: BuiltImages;
}> {
  const { buildImages } = await import('../../images/builder/build.ts');
  const { buildBootcImages, hasBootc } = await import('../../images/bootc/bootc-images.ts');
  if (!hasBootc()) {
    throw new UsageError('bootc: not shown, no binary of it was given on this host', {
      code: 'no-bootc',
      hint: 'images build --bootc PATH makes the set, with the bootc at PATH',
    });
  }
  const reference = await buildImages({ onStep });
  return { reference, built: await buildBootcImages(reference, { onStep, force }) };
}

async function prepareDeclared(path: string, options: PrepareOptions): Promise<PreparedImages> {
  const { loadImageFile } = await import('../../images/declared/image-file.ts');
  const { buildDeclaredImages } = await import('../../images/declared/declared-images.ts');
  const { bootcImageSource } = await import('../../images/bootc/image-source.ts');
  const file = await loadImageFile(path);
  const { built: tools, reference } = await bootcSet({ onStep: options.onStep });
  const built = await buildDeclaredImages(file, tools, options);
  const source = bootcImageSource(built, reference);
  const digests = Object.fromEntries(built.pinned.map(({ role, digest }) => [role, digest]));
  return { directory: built.directory, set: built.set, source, digests };
}

/** A set that stands there ready, as one from a bundle does: used as it is, whatever this checkout would build. */
async function prepareDirectory(directory: string, { variants = [] }: PrepareOptions): Promise<PreparedImages> {
  const { openImageDirectory } = await import('../../images/pack/image-directory.ts');
  const { imageSourceOf } = await import('../../images/image-source.ts');
  const built = await openImageDirectory(directory, { needed: variants });
  return { directory, set: built.set, source: imageSourceOf(built) };
}

/** What `doctor` says of a file: every image with the digest that it has now. @throws UsageError. */
export async function checkDeclared(path: string): Promise<{ name: string; found: string; ok: boolean }[]> {
  const { loadImageFile } = await import('../../images/declared/image-file.ts');
  const { checkDisk, pinImages } = await import('../../images/declared/declared-images.ts');
  const file = await loadImageFile(path);
  const { built } = await bootcSet({ onStep: () => undefined });
  const images = (await pinImages(file, built)).map(({ role, reference, digest, architecture, isBootc }) => ({
    name: `image ${role}`,
    found: `${reference} is ${digest} (${architecture}${isBootc ? '' : ', without the label containers.bootc=1'})`,
    ok: isBootc,
  }));
  if (file.disk === undefined) return images;
  const { deployments, lacks } = await checkDisk(file.disk);
  const lacking = lacks.length > 0 ? `; no partition ${lacks.join(', ')}: faults cannot be aimed or recorded` : '';
  return [...images, { name: 'disk', found: `${file.disk} has ${deployments.join(', ')}${lacking}`, ok: true }];
}
