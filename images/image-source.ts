import type { ImageSource, SessionImage } from '../harness/session/image-source.ts';
import type { BuiltImages, ImageSet } from './image-set.ts';

/** Images whose own boots are those of another: v2b is v2 but for one file that nothing reads. */
const bootLike: Readonly<Record<string, string>> = { v2b: 'v2' };

/** A built image set as sessions use it. */
export function imageSourceOf(built: BuiltImages): ImageSource {
  return { ...sourceOf(built, bootLike), repository: built.repository };
}

/**
 * What every source of a built set is. /usr/etc is the deployment's own default, and not changed by anything; all of /usr is compared with it.
 * @param twins by image, the one whose boots are its own
 */
export function sourceOf(
  built: Pick<BuiltImages, 'directory' | 'contents' | 'disk'> & {
    readonly set: Pick<ImageSet, 'images' | 'stateroot'>;
  },
  twins: Readonly<Record<string, string>> = {},
): Omit<ImageSource, 'repository'> {
  const { images, stateroot } = built.set;
  const known = new Map<string, Promise<SessionImage>>();
  const load = async (name: string): Promise<SessionImage> => {
    const { negative: _negative, twin = twins[name], unhealthy, ...record } = images[name]!;
    const { usr, defaultEtc } = await built.contents(name);
    return { ...record, defaultEtc, usr, unhealthy, ...(twin === undefined ? {} : { twin }) };
  };
  return {
    stateroot,
    names: Object.keys(images),
    digests: Object.fromEntries(Object.entries(images).map(([name, { commit }]) => [name, commit])),
    image(name) {
      const image = known.get(name) ?? load(name);
      known.set(name, image);
      return image;
    },
    disk: (names) => built.disk(names),
    cache: built.directory,
  };
}
