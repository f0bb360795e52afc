import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../harness/errors/harness-error.ts';
import { imageRecord, imageSet, type BuiltImages, type ImageContents, type ImageRecord } from '../image-set.ts';

/** Some of a set's images, and where their files are: the set itself, its negatives, one of its variants. */
export interface ImagePart {
  /** Below the set's directory; '' is the set itself. */
  readonly folder: string;
  readonly records: Readonly<Record<string, ImageRecord>>;
  /** Paths below the set's directory. */
  contents(name: string): string;
  channel(name: string): string;
}

/** A name becomes part of a path, and a bundle may come from anybody. */
const plainName = z.string().regex(/^[a-z0-9][\w-]*$/i);
const records = z.record(plainName, imageRecord);

/** True: what `--images` was given is the directory of a set, as it stands in the cache or was unpacked from a bundle. */
export function isImageDirectory(given: string): boolean {
  return existsSync(join(given, 'set.json'));
}

/** All that a set's directory holds: what is there, whatever this checkout would build. */
export async function partsOf(directory: string): Promise<ImagePart[]> {
  const read = async (...path: string[]): Promise<unknown> =>
    JSON.parse(await readFile(join(directory, ...path), 'utf8'));
  const named = async (folder: string, pattern: RegExp): Promise<string[]> =>
    (await readdir(join(directory, folder)).catch(() => [])).filter((name) => pattern.test(name)).sort();
  const whole = (folder: string, of: ImagePart['records']): ImagePart => ({
    folder,
    records: of,
    contents: (name) => join(folder, 'contents', `${name}.json`),
    channel: (name) => join(folder, 'channels', name),
  });
  const parts = [whole('', records.parse(imageSet.parse(await read('set.json')).images))];
  for (const folder of await named('', /^negatives-[0-9a-f]+$/))
    parts.push(whole(folder, records.parse(await read(folder, 'images.json'))));
  for (const leaf of await named('variants', /^[\w-]+-[0-9a-f]{16}$/)) {
    const folder = join('variants', leaf);
    const record = imageRecord.parse(await read(folder, 'record.json'));
    parts.push({
      folder,
      records: { [plainName.parse(record.name)]: record },
      contents: () => join(folder, 'contents.json'),
      channel: () => join(folder, 'channel'),
    });
  }
  return parts;
}

/**
 * A set as its directory has it. Nothing is ever built: a disk that is not there is an error. `accepts`: which of its parts, default all.
 * @throws UsageError `image-not-packed`, `image-ambiguous`, `images-by-digest`.
 */
export async function openImageDirectory(
  directory: string,
  { needed = [], accepts = () => true }: { needed?: readonly string[]; accepts?: (part: ImagePart) => boolean } = {},
): Promise<BuiltImages> {
  const set = imageSet.parse(JSON.parse(await readFile(join(directory, 'set.json'), 'utf8')));
  if (set.client !== 'ostree')
    throw new UsageError(`Only the set itself can use it, by its name: directory of ${set.name} images, ${directory}`, {
      code: 'images-by-digest',
      hint: '--images bootc, or the file that declares the set',
    });
  const owners = new Map<string, ImagePart>();
  for (const part of (await partsOf(directory)).filter(accepts))
    for (const name of Object.keys(part.records)) {
      const other = owners.get(name);
      if (other)
        throw new UsageError(
          `Two images of this name: ${name}, in ${other.folder} and ${part.folder} of ${directory}`,
          {
            code: 'image-ambiguous',
            hint: 'the older one was made by another checkout: remove its folder',
          },
        );
      owners.set(name, part);
    }
  refuseMissing(directory, needed, [...owners.keys()]);
  const owner = (name: string): ImagePart =>
    owners.get(name) ?? notPacked(directory, `image ${name}`, [...owners.keys()]);
  return {
    directory,
    set: { ...set, images: Object.fromEntries([...owners].map(([name, { records: of }]) => [name, of[name]!])) },
    disk: async (names) => {
      const path = join(directory, 'disks', `${names.join('+')}.raw`);
      if (existsSync(path)) return path;
      const disks = (await readdir(join(directory, 'disks')).catch(() => [])).map((leaf) => leaf.replace(/\.raw$/, ''));
      return notPacked(directory, `disk ${names.join('+')}`, disks);
    },
    contents: async (name) =>
      JSON.parse(await readFile(join(directory, owner(name).contents(name)), 'utf8')) as ImageContents,
    repository: {
      objects: join(directory, 'served'),
      channel: (name) => join(directory, owner(name).channel(name)),
      trustedKey: join(directory, 'trusted.gpg'),
    },
  };
}

/** @throws UsageError `image-not-packed`. */
function refuseMissing(directory: string, needed: readonly string[], there: readonly string[]): void {
  for (const name of needed) if (!there.includes(name)) notPacked(directory, `image ${name}`, there);
}

function notPacked(directory: string, what: string, there: readonly string[]): never {
  throw new UsageError(`Not among the packed images: ${what}`, {
    code: 'image-not-packed',
    hint: `there are ${there.join(', ')}; a bundle holds what the cases of its run used`,
    details: { directory },
  });
}
