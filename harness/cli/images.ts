import { Command } from 'commander';
import { BuildSteps } from './build-steps.ts';
import { defaultImages, imageSetNames, packageDriftOf, prepareImages } from './image-sets.ts';
import { table } from './table.ts';
import { UsageError } from '../errors/harness-error.ts';

interface BuildCommandOptions {
  readonly force?: boolean;
  readonly negatives?: boolean;
  readonly variants?: readonly string[];
  readonly bootc?: string;
  readonly suite?: string;
  readonly lock?: boolean;
  readonly json?: boolean;
}

export function imagesCommand(ended: (exitCode: number) => void): Command {
  const images = new Command('images').description('The images that devices are installed from and updated to');
  images
    .command('build')
    .description('Build an image set, or find it in the cache; each step with its time')
    .argument('[set]', 'image set', defaultImages)
    .option('--force', 'build again although it is in the cache')
    .option(
      '--bootc <path>',
      'a bootc binary for Debian 13: makes the set `bootc` around it, OCI images from a registry',
    )
    .option(
      '--suite <name>',
      'Debian suite that the device is made of: forky makes the set `forky` (composefs, fs-verity)',
    )
    .option('--negatives', 'also the images that are broken on purpose, which qualify the harness')
    .option(
      '--variants <names...>',
      'also these, which single cases start from or update to (a run builds those it needs)',
    )
    .option('--lock', 'write down the packages of this build: images/packages.lock.json')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nThe cache is below BOOTPROOF_CACHE, by default ~/.cache/bootproof.\n')
    .action(async (name: string, options: BuildCommandOptions) => {
      const steps = new BuildSteps(process.stderr);
      try {
        const built = await prepareImages(await named(name, options), {
          onStep: steps.onStep,
          force: options.force ?? false,
          negatives: options.negatives ?? false,
          variants: options.variants ?? [],
        });
        const { set, directory } = built;
        if (options.lock) await (await import('../../images/packages-lock.ts')).lockPackages(set);
        const packageDrift = await packageDriftOf(built);
        if (packageDrift.length > 0) {
          const lines = packageDrift.map((line) => `  ${line}\n`).join('');
          process.stderr.write(`images: ${packageDrift.length} packages are not those of the lock\n${lines}`);
        }
        const rows = Object.values(set.images).map((image) => [image.name, image.commit, image.kernelRelease]);
        const text = options.json
          ? JSON.stringify({ directory, packageDrift, ...set }, null, 2)
          : `${table(['image', 'commit', 'kernel'], rows)}\n\n${directory}`;
        process.stdout.write(`${text}\n`);
        ended(0);
      } finally {
        steps.close();
      }
    });
  images
    .command('list')
    .description('The image sets there are')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => {
      process.stdout.write(options.json ? `${JSON.stringify(imageSetNames)}\n` : `${imageSetNames.join('\n')}\n`);
      ended(0);
    });
  images
    .command('schema')
    .description('The JSON Schema of files of image sets, for an editor')
    .action(async () => {
      const { imageFileJsonSchema } = await import('../../images/declared/image-file.ts');
      process.stdout.write(`${JSON.stringify(imageFileJsonSchema(), null, 2)}\n`);
      ended(0);
    });
  return images;
}

/** A binary that is given is kept, and its set is meant. */
async function named(name: string, { bootc, suite }: BuildCommandOptions): Promise<string> {
  if (suite !== undefined && bootc === undefined) return setOfSuite(suite);
  if (bootc === undefined) return name;
  const { keepBootc } = await import('../../images/bootc/bootc-images.ts');
  await keepBootc(bootc);
  return 'bootc';
}

/** @throws UsageError `no-such-suite`. */
function setOfSuite(suite: string): string {
  const set = { forky: 'forky', trixie: defaultImages }[suite];
  if (set !== undefined) return set;
  throw new UsageError(`No images of the suite ${suite}`, {
    code: 'no-such-suite',
    hint: 'there are trixie (Debian 13, the set reference) and forky (Debian 14, the set forky)',
  });
}
