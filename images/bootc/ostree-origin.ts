import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installBootSector } from '../builder/boot-sector.ts';
import { asOwner } from '../builder/builder-root.ts';
import { contentKey } from '../builder/cache-key.ts';
import { stepper, type OnStep } from '../builder/step.ts';
import { makeBeside } from '../derived-image.ts';
import { imageRecord } from '../image-set.ts';
import type { BuiltBootcImages } from './bootc-images.ts';

/** The image that it is but for where it came from. */
const base = 'v1';
/** A device that plain ostree installed, with bootc on board. */
const fromOstree = 'v1-from-ostree';
const here = dirname(fileURLToPath(import.meta.url));
const script = join(here, 'from-ostree.sh');

export interface OstreeOriginOptions {
  readonly onStep: OnStep;
  /** Names of images that cases ask for. The set has what somebody has built. */
  readonly build: readonly string[];
}

/** A set with the device that plain ostree installed, if it is there or asked for. It is made from the finished set and kept beside it. */
export async function withOstreeOrigin(
  built: BuiltBootcImages,
  { onStep, build }: OstreeOriginOptions,
): Promise<BuiltBootcImages> {
  const directory = placeOf(built);
  if (!existsSync(directory)) {
    if (!build.includes(fromOstree)) return built;
    await stepper(onStep)(`image ${fromOstree}`, () => make(built, directory));
  }
  const record = imageRecord.parse(JSON.parse(await readFile(join(directory, 'record.json'), 'utf8')));
  return {
    ...built,
    set: { ...built.set, images: { ...built.set.images, [fromOstree]: record } },
    disk: async (names) => (names.join() === fromOstree ? join(directory, 'disk.raw') : built.disk(names)),
    contents: (name) => built.contents(name === fromOstree ? base : name),
  };
}

/** Folder of the image beside its set: another one as soon as it would be made in another way. */
export function placeOf({ directory }: Pick<BuiltBootcImages, 'directory'>): string {
  const key = contentKey([script, fileURLToPath(import.meta.url)], []).slice(0, 16);
  return join(directory, 'variants', `${fromOstree}-${key}`);
}

async function make(built: BuiltBootcImages, directory: string): Promise<void> {
  const image = built.set.images[base]!;
  await makeBeside(built.directory, directory, async ({ root, inside, place, work }) => {
    await mkdir(inside);
    await asOwner('cp', ['--no-preserve=ownership', script, inside]);
    const argv = ['sh', `${place}/from-ostree.sh`, `${place}/disk.raw`, image.version, image.commit];
    const [commit] = await root.answer(argv);
    await rename(join(inside, 'disk.raw'), join(work, 'disk.raw'));
    installBootSector(join(work, 'disk.raw'), join(root.path, 'build'));
    const record = imageRecord.parse({ ...image, name: fromOstree, commit, twin: base });
    await writeFile(join(work, 'record.json'), JSON.stringify(record, null, 2));
  });
}
