import { Command } from 'commander';
import { BuildSteps } from './build-steps.ts';
import { defaultImages, imageSetNames, prepareImages } from './image-sets.ts';
import { table } from './table.ts';

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
    .option('--negatives', 'also the images that are broken on purpose, which qualify the harness')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nThe cache is below BOOTPROOF_CACHE, by default ~/.cache/bootproof.\n')
    .action(async (name: string, options: { force?: boolean; negatives?: boolean; bootc?: string; json?: boolean }) => {
      const steps = new BuildSteps(process.stderr);
      try {
        const { set, directory } = await prepareImages(await named(name, options.bootc), {
          onStep: steps.onStep,
          force: options.force ?? false,
          negatives: options.negatives ?? false,
        });
        const rows = Object.values(set.images).map((image) => [image.name, image.commit, image.kernelRelease]);
        const text = options.json
          ? JSON.stringify({ directory, ...set }, null, 2)
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
async function named(name: string, bootc: string | undefined): Promise<string> {
  if (bootc === undefined) return name;
  const { keepBootc } = await import('../../images/bootc/bootc-images.ts');
  await keepBootc(bootc);
  return 'bootc';
}
