import type { BuildOptions, BuiltImages } from '../../images/builder/build.ts';
import { didYouMean } from '../bench-file/nearest-name.ts';
import { UsageError } from '../errors/harness-error.ts';

export const defaultImages = 'reference';

interface PrepareOptions extends BuildOptions {
  /** Also the images that are broken on purpose; otherwise only when they are in the cache. */
  readonly negatives?: boolean;
  /** Names of images beyond the standard ones; others are left out unless they are in the cache. */
  readonly variants?: readonly string[];
}

/** Image sets by name. What builds them is loaded only when it is asked for. */
const sets: Readonly<Record<string, (options: PrepareOptions) => Promise<BuiltImages>>> = {
  reference: async ({ negatives = false, variants = [], ...options }) => {
    const { buildImages } = await import('../../images/builder/build.ts');
    const { withNegatives } = await import('../../images/negatives/build.ts');
    const { withVariants } = await import('../../images/variants/build.ts');
    const { onStep } = options;
    const set = await withNegatives(await buildImages(options), { onStep, build: negatives });
    return withVariants(set, { onStep, build: variants });
  },
};

export const imageSetNames = Object.keys(sets);

/** Builds an image set, or finds it in the cache. @throws UsageError `no-such-images`, BenchError of the builder. */
export async function prepareImages(name: string, options: PrepareOptions): Promise<BuiltImages> {
  const prepare = Object.hasOwn(sets, name) ? sets[name] : undefined;
  if (prepare) return prepare(options);
  throw new UsageError(`No such image set: ${name}`, {
    code: 'no-such-images',
    hint: didYouMean(name, imageSetNames) ?? `there are: ${imageSetNames.join(', ')}`,
  });
}

/** How the Debian packages of a built set differ from the checked-in lock, one a line; []: not at all. Told, never an error. */
export async function packageDriftOf({ set }: BuiltImages): Promise<string[]> {
  const { driftOf } = await import('../../images/packages-lock.ts');
  return driftOf(set);
}
