import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { BuildOptions, BuiltImages } from '../builder/build.ts';
import { namespaces, type BuilderRoot } from '../builder/builder-root.ts';
import { contentKey } from '../builder/cache-key.ts';
import { negatives, type NegativeDefinition } from '../definitions.ts';
import { asOwner, contentsOf, forgetDisks, makeBeside, recordFrom } from '../derived-image.ts';
import { imageRecord, type ImageContents, type ImageRecord } from '../image-set.ts';
import { neverSyncsLibrary } from './never-syncs.ts';

const here = dirname(fileURLToPath(import.meta.url));
const records = z.record(z.string(), imageRecord);

export interface NegativesOptions {
  readonly onStep: BuildOptions['onStep'];
  /** Build them when they are not there. Without it the set has them only when somebody has built them before. */
  readonly build: boolean;
}

/**
 * An image set with its negatives. They are made from the finished set and kept beside it: the images that they were made from stay
 * as they are, down to the disk and the repository, and a run that needs none pays for none.
 */
export async function withNegatives(built: BuiltImages, { onStep, build }: NegativesOptions): Promise<BuiltImages> {
  const key = contentKey([here], [JSON.stringify(negatives)]).slice(0, 16);
  const directory = join(built.directory, `negatives-${key}`);
  if (!existsSync(directory)) {
    if (!build) return built;
    await make(built, directory, onStep);
  }
  const made = records.parse(JSON.parse(await readFile(join(directory, 'images.json'), 'utf8')));
  return {
    ...built,
    set: { ...built.set, images: { ...built.set.images, ...made } },
    contents: async (name) =>
      made[name]
        ? (JSON.parse(await readFile(join(directory, 'contents', `${name}.json`), 'utf8')) as ImageContents)
        : built.contents(name),
    repository: {
      ...built.repository,
      channel: (name) => (made[name] ? join(directory, 'channels', name) : built.repository.channel(name)),
    },
  };
}

async function make(built: BuiltImages, directory: string, onStep: NegativesOptions['onStep']): Promise<void> {
  const timed = async <T>(name: string, body: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    onStep(name, 'begin', 0);
    const result = await body();
    onStep(name, 'end', performance.now() - start);
    return result;
  };
  await makeBeside(built.directory, directory, async ({ root, inside, place, work }) => {
    await mkdir(join(work, 'contents'));
    await asOwner('cp', ['-a', '--no-preserve=ownership', here, inside]);
    await writeInside(join(inside, 'never-syncs.so'), neverSyncsLibrary());
    const images: Record<string, ImageRecord> = {};
    for (const [name, definition] of Object.entries(negatives)) {
      images[name] = await timed(`negative ${name}`, () => commit(built, root, place, work, name, definition));
    }
    await timed('repository of the negatives', async () => {
      await asOwner('cp', ['-al', join(built.directory, 'served'), join(inside, 'served')]);
      await root.run(['sh', `${place}/publish.sh`, ...Object.keys(images)]);
      await asOwner('mv', [join(inside, 'channels'), join(work, 'channels')]);
    });
    await writeFile(join(work, 'images.json'), JSON.stringify(images, null, 2));
    await forgetDisks(built.directory, Object.keys(negatives));
  });
}

async function commit(
  built: BuiltImages,
  root: BuilderRoot,
  place: string,
  work: string,
  name: string,
  { twin, change, files = {} }: NegativeDefinition,
): Promise<ImageRecord> {
  const good = built.set.images[twin]!;
  const copies = Object.entries(files).map(([path, source]) => {
    const owner = built.set.images[source.split(':')[0]!];
    const from = source.replace('KERNEL', owner?.kernelRelease ?? '');
    return `${path.replace('KERNEL', good.kernelRelease)}=${from}`;
  });
  const said = await root.run(['sh', `${place}/commit.sh`, name, twin, ...copies]);
  const contents = await contentsOf(root, `${place}/checkout/${name}`);
  await writeFile(join(work, 'contents', `${name}.json`), JSON.stringify(contents));
  return { ...recordFrom(good, name, said.trim().split('\n').at(-1)!, contents), twin, negative: change };
}

async function writeInside(path: string, content: Buffer): Promise<void> {
  await execa('unshare', [...namespaces(), 'sh', '-c', 'cat >"$1" && chmod 0755 "$1"', 'sh', path], { input: content });
}
