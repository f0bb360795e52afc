import { Command, Option } from 'commander';
import { bootMenus } from '../observe/offline/boot-menu.ts';
import { bounds, type Bound } from '../explore/enumeration.ts';
import { newRunSeed } from '../run/case-seed.ts';
import { defaultImages } from './image-sets.ts';
import { Interrupts } from './interrupts.ts';
import { minutesOption, seedOption, wholeNumber } from './numbers.ts';

const help = `
Records one update on a bench (or takes a recording), rebuilds what the disk could hold at each cut of the power, and judges every
one of these states as the firmware and as the kernel would see it. The smallest state of each outcome is booted. Ended early, the same command goes on
where it stood.

Bounds, each with all before it: flush, prefix (writes in order), drop1 (one lost, or one ahead of others), torn (at 4 KiB),
drop2 (two lost), torn512. From finalize to boot-complete (of a log from elsewhere: around the commit) writes are dropped at every
position, elsewhere at each flush; tears likewise, elsewhere within the first and the last page of a write.

Examples:
  bootproof explore
  bootproof explore --recording runs/20261121T112835Z-855ae7/recordings/64a3d6c9fedc2832 --bound drop1 --no-boot
  bootproof explore --log /dev/mapper-log.img --disk before.raw --console-boot
  bootproof explore --recording DIR --state 1447.d1445.9c1e22ab04d1
`;

export interface ExploreCommandOptions {
  readonly bench: string[];
  readonly update: string;
  readonly recording?: string;
  readonly log?: string;
  readonly disk?: string;
  readonly menu: string;
  readonly bound: Bound;
  readonly budget: number;
  readonly seed?: number;
  readonly state?: string;
  readonly boot: boolean;
  readonly consoleBoot?: boolean;
  readonly sample: number;
  readonly second: number;
  readonly images: string;
  readonly out: string;
  readonly workers: number;
  readonly fresh?: boolean;
}

export function exploreCommand(ended: (exitCode: number) => void): Command {
  return new Command('explore')
    .description('Judge every crash state of one update, and boot one of each outcome')
    .option(
      '--bench <file>',
      'bench file (default: a QEMU machine here)',
      (value, all: string[]) => [...all, value],
      [],
    )
    .option('--update <from..to>', 'images: what runs, and what it is updated to', 'v1..v2')
    .option('--recording <dir>', 'a recording that a run has kept, instead of a new one')
    .option(
      '--log <file>',
      'a dm-log-writes log from anywhere, with --disk: images are what the disk shows, nothing is booted unless --console-boot',
    )
    .option('--disk <file>', 'the disk as it was when the log began')
    .addOption(
      new Option('--menu <kind>', 'how the boot loader of --disk picks an entry')
        .choices(bootMenus.map(({ kind }) => kind))
        .default('bls'),
    )
    .addOption(new Option('--bound <name>', 'how far').choices(Object.keys(bounds)).default('torn'))
    .option('--budget <minutes>', 'of the exploration, without recording and boots', minutesOption, 30)
    .option('--seed <n>', 'chooses the pruned states that are judged in full', seedOption)
    .option('--state <id>', 'this state alone: rebuilt, judged in full, booted')
    .option('--no-boot', 'predictions only')
    .option('--console-boot', 'with --log: boot on a bench too, and see on the console alone which system it is')
    .option('--sample <n>', 'boot n more states, chosen at random', wholeNumber(0, 1000), 0)
    .option(
      '--second <n>',
      'from n states, chosen at random: cut the power again while the device recovers, and run the update again',
      wholeNumber(0, 1000),
      0,
    )
    .option('--images <name>', 'image set', defaultImages)
    .option('--out <dir>', 'where directories of runs are made', 'runs')
    .option('--workers <n>', 'threads', wholeNumber(1, 256), 2)
    .option('--fresh', 'do not go on with an exploration that was ended')
    .addHelpText('after', help)
    .action(async (options: ExploreCommandOptions) => {
      // Loaded late: most commands need none of it.
      const { explore } = await import('./explore-run.ts');
      ended(await Interrupts.during((interrupts) => explore({ seed: newRunSeed(), ...options }, interrupts)));
    });
}
