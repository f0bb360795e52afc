import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { asOwner, namespaces, type BuilderRoot } from '../builder/builder-root.ts';
import { contentKey } from '../builder/cache-key.ts';
import { contentsOf, recordFrom } from '../builder/image-contents.ts';
import { keepContents } from '../builder/kept-set.ts';
import { stepper, type OnStep } from '../builder/step.ts';
import { negatives, type NegativeDefinition } from '../definitions.ts';
import { forgetDisks, makeBeside } from '../derived-image.ts';
import { imageRecord, type BuiltImages, type ImageContents, type ImageRecord } from '../image-set.ts';
import { neverSyncsLibrary } from './never-syncs.ts';

const here = dirname(fileURLToPath(import.meta.url));
const records = z.record(z.string(), imageRecord);

export interface NegativesOptions {
  readonly onStep: OnStep;
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

async function make(built: BuiltImages, directory: string, onStep: OnStep): Promise<void> {
  const step = stepper(onStep);
  await makeBeside(built.directory, directory, async ({ root, inside, place, work }) => {
    await mkdir(join(work, 'contents'));
    await asOwner('cp', ['-a', '--no-preserve=ownership', here, inside]);
    await writeInside(join(inside, 'never-syncs.so'), neverSyncsLibrary());
    const images: Record<string, ImageRecord> = {};
    for (const [name, definition] of Object.entries(negatives)) {
      images[name] = await step(`negative ${name}`, () => commit(built, root, place, work, name, definition));
    }
    await step('repository of the negatives', async () => {
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
  const [checksum = ''] = await root.answer(['sh', `${place}/commit.sh`, name, twin, ...copies]);
  const contents = await contentsOf(root, `${place}/checkout/${name}`);
  await keepContents(work, name, contents);
  return { ...recordFrom(good, name, checksum, contents), twin, negative: change };
}

async function writeInside(path: string, content: Buffer): Promise<void> {
  await execa('unshare', [...namespaces(), 'sh', '-c', 'cat >"$1" && chmod 0755 "$1"', 'sh', path], { input: content });
}
