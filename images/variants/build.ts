import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asOwner } from '../builder/builder-root.ts';
import { contentKey } from '../builder/cache-key.ts';
import { contentsOf, recordFrom } from '../builder/image-contents.ts';
import { stepper, type OnStep } from '../builder/step.ts';
import { variants, type VariantDefinition } from '../definitions.ts';
import { forgetDisks, makeBeside } from '../derived-image.ts';
import { imageRecord, type BuiltImages, type ImageContents, type ImageRecord } from '../image-set.ts';

const here = dirname(fileURLToPath(import.meta.url));

export interface VariantsOptions {
  readonly onStep: OnStep;
  /** Names of those to build when they are not there. The set has all that somebody has built. */
  readonly build: readonly string[];
}

/**
 * An image set with those of its variants that are there. Each is made by itself from the finished set and kept beside it: the images that it
 * was made from stay as they are, and a run pays for those alone that its cases name.
 */
export async function withVariants(built: BuiltImages, { onStep, build }: VariantsOptions): Promise<BuiltImages> {
  const step = stepper(onStep);
  const made = new Map<string, { readonly directory: string; readonly record: ImageRecord }>();
  for (const [name, definition] of Object.entries(variants)) {
    const directory = join(built.directory, 'variants', `${name}-${keyOf(name, definition)}`);
    if (!existsSync(directory)) {
      if (!build.includes(name)) continue;
      await step(`image ${name}`, () => make(built, directory, name, definition));
    }
    const record = imageRecord.parse(JSON.parse(await readFile(join(directory, 'record.json'), 'utf8')));
    made.set(name, { directory, record });
  }
  const records = Object.fromEntries([...made].map(([name, { record }]) => [name, record]));
  const inside = (name: string, leaf: string): string | undefined => {
    const directory = made.get(name)?.directory;
    return directory && join(directory, leaf);
  };
  return {
    ...built,
    set: { ...built.set, images: { ...built.set.images, ...records } },
    contents: async (name) => {
      const path = inside(name, 'contents.json');
      return path ? (JSON.parse(await readFile(path, 'utf8')) as ImageContents) : built.contents(name);
    },
    repository: {
      ...built.repository,
      channel: (name) => inside(name, 'channel') ?? built.repository.channel(name),
    },
  };
}

/** Every script, and this variant's overlay alone: the others stay as they are when one is changed. */
function keyOf(name: string, definition: VariantDefinition): string {
  const scripts = readdirSync(here).filter((leaf) => leaf !== 'overlay' && !leaf.endsWith('.test.ts'));
  const overlay = join(here, 'overlay', name);
  const sources = [...scripts.sort().map((leaf) => join(here, leaf)), ...(existsSync(overlay) ? [overlay] : [])];
  return contentKey(sources, [JSON.stringify(definition)]).slice(0, 16);
}

async function make(
  built: BuiltImages,
  directory: string,
  name: string,
  { base, shape = '-', etcPolicy, ownIdentity, deltaFrom = '-', bootsLike }: VariantDefinition,
): Promise<void> {
  await makeBeside(built.directory, directory, async ({ root, inside, place, work }) => {
    await asOwner('cp', ['-a', '--no-preserve=ownership', here, inside]);
    const [checksum = ''] = await root.answer(['sh', `${place}/commit.sh`, name, base, shape]);
    const contents = await contentsOf(root, `${place}/checkout/${name}`);
    const record: ImageRecord = {
      ...recordFrom(built.set.images[base]!, name, checksum, contents),
      version: name,
      ...(etcPolicy ? { etcPolicy } : {}),
      ...(ownIdentity ? { ownIdentity } : {}),
      ...(bootsLike ? { twin: bootsLike } : {}),
    };
    await asOwner('cp', ['-al', join(built.directory, 'served'), join(inside, 'served')]);
    await root.run(['sh', `${place}/publish.sh`, name, deltaFrom]);
    await asOwner('mv', [join(inside, 'channel'), join(work, 'channel')]);
    await writeFile(join(work, 'contents.json'), JSON.stringify(contents));
    await writeFile(join(work, 'record.json'), JSON.stringify(record, null, 2));
    await forgetDisks(built.directory, [name]);
  });
}
