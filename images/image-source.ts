import type { ImageSource, SessionImage } from '../harness/session/image-source.ts';
import type { BuiltImages } from './image-set.ts';

/** Images whose own boots are those of another: v2b is v2 but for one file that nothing reads. */
const bootLike: Readonly<Record<string, string>> = { v2b: 'v2' };

/** A built image set as sessions use it. */
export function imageSourceOf(built: BuiltImages): ImageSource {
  const { set } = built;
  const images = new Map<string, Promise<SessionImage>>();
  const load = async (name: string): Promise<SessionImage> => {
    const { negative: _negative, twin = bootLike[name], unhealthy, ...record } = set.images[name]!;
    const { usr, defaultEtc } = await built.contents(name);
    // /usr/etc is the deployment's own default, and not changed by anything; all of /usr is compared with it.
    return { ...record, defaultEtc, usr, unhealthy, ...(twin === undefined ? {} : { twin }) };
  };
  return {
    stateroot: set.stateroot,
    names: Object.keys(set.images),
    digests: Object.fromEntries(Object.entries(set.images).map(([name, { commit }]) => [name, commit])),
    image(name) {
      const known = images.get(name) ?? load(name);
      images.set(name, known);
      return known;
    },
    disk: (names) => built.disk(names),
    repository: built.repository,
    cache: built.directory,
  };
}
