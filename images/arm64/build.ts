import { readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asOwner, BuilderRoot } from '../builder/builder-root.ts';
import { contentKey } from '../builder/cache-key.ts';
import { keptSet, type MakeDisk } from '../builder/kept-set.ts';
import { commitImage, finishSet, openOstreeSet } from '../builder/ostree-set.ts';
import { stepper, type BuildOptions, type Step } from '../builder/step.ts';
import { definitions } from '../definitions.ts';
import type { BuiltImages } from '../image-set.ts';
import { devicePackages } from './device-packages.ts';
import { uBootEnvironment } from './u-boot-environment.ts';
import { uBootScript } from './u-boot-script.ts';

const here = dirname(fileURLToPath(import.meta.url));
const attempts = 2;
/** One sector: a disk writes it whole or not at all. */
const environmentBytes = 512;

/**
 * The reference device for another machine: arm64, started by U-Boot. Its images are made by the tools of the reference set's builder root, by the
 * same scripts, from packages of the other architecture that are only unpacked.
 */
export async function buildArm64Images(reference: BuiltImages, options: BuildOptions): Promise<BuiltImages> {
  const sources = (await readdir(here)).filter((name) => !name.endsWith('.test.ts')).sort();
  const key = contentKey(
    sources.map((name) => join(here, name)),
    [reference.set.key],
  ).slice(0, 24);
  const step = stepper(options.onStep, 'arm64: ');
  const make = (work: string): Promise<void> => build(work, key, reference, step);
  return openOstreeSet(await keptSet(`arm64-${key}`, 'images of arm64', options, make), step, disk);
}

const disk: MakeDisk = async (root, inside, _outside, names) => {
  await root.script('disk.sh', [inside, ...names]);
};

async function build(work: string, key: string, reference: BuiltImages, step: Step): Promise<void> {
  const root = new BuilderRoot(join(work, 'root'));
  const inside = join(root.path, 'build');
  const packagesDirectory = await devicePackages(step);
  await step('common tree', async () => {
    await copyBuilder(join(reference.directory, 'root'), root.path);
    const parts = (await readdir(packagesDirectory)).map((name) => join(packagesDirectory, name));
    await asOwner('cp', ['-al', ...parts, inside]);
    await asOwner('cp', ['-a', '--no-preserve=ownership', join(here, '../reference'), join(inside, 'reference')]);
    await asOwner('cp', ['-a', '--no-preserve=ownership', here, join(inside, 'arm64')]);
    await writeFirmwareFiles(work, inside);
    await root.run(['sh', '/build/arm64/adapt.sh']);
    await root.script('shape.sh', []);
    await root.script('key.sh', []);
  });
  await finishSet(work, root, step, {
    name: 'arm64',
    key,
    images: Object.keys(definitions),
    commit: (name) => commitImage(root, work, name, definitions[name]!, { kind: 'uboot', attempts }),
    disk,
  });
}

/** The reference set's builder root without what was built in it. Nothing writes to its files, so they can be shared. */
async function copyBuilder(from: string, to: string): Promise<void> {
  const parts = (await readdir(from)).filter((name) => !['build', 'proc', 'dev', 'sys'].includes(name));
  await asOwner('mkdir', ['-p', to, ...['proc', 'dev', 'sys', 'build'].map((name) => join(to, name))]);
  await asOwner('cp', ['-al', ...parts.map((name) => join(from, name)), to]);
}

async function writeFirmwareFiles(scratch: string, inside: string): Promise<void> {
  const counting = { upgrade_available: '0', bootcount: '0', bootlimit: String(attempts) };
  const files = {
    'boot.scr': uBootScript(await readFile(join(here, 'boot.cmd'), 'utf8'), 'bootproof'),
    'env.img': uBootEnvironment(counting, environmentBytes),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(scratch, name), content);
    await asOwner('mv', [join(scratch, name), join(inside, name)]);
  }
}
