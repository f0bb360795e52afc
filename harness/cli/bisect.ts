import { Command } from 'commander';
import { Interrupts } from './interrupts.ts';
import { wholeNumber } from './numbers.ts';

const help = `
For a case that a power cut made fail, and whose cut was rebuilt from a recording (interrupted/cut/* and their like). The recording is the run's own; from a
bundle the update is recorded anew. First as few lost writes as still make it fail, then the first and the last position at which losing
them does, all judged offline, by the oracles of the explorer. What these cannot see is bisected by boots. At the end the smallest failing
state is booted.

Exit codes: 0 narrowed, and it fails when it is booted (or --boots 0); 1 it does not; 2 there is nothing to narrow here.

Examples:
  bootproof bisect last interrupted/cut/boot-swap
  bootproof bisect evidence.tar interrupted/cut/boot-swap --boots 0     predictions only
`;

export interface BisectOptions {
  readonly boots: number;
  readonly out: string;
  readonly images?: string;
}

export function bisectCommand(ended: (exitCode: number) => void): Command {
  return new Command('bisect')
    .description('Narrow a power cut that failed to the writes that matter')
    .argument('<run>', 'directory of a run, its id, `last`, or a bundle')
    .argument('<case>', 'id of a case of it')
    .option('--boots <n>', 'at most so many, the last one of the result', wholeNumber(0, 100), 6)
    .option('--out <dir>', 'where directories of runs are, and where those of this go', 'runs')
    .option('--images <set>', 'in place of what the record names: a directory that the set was moved to')
    .addHelpText('after', help)
    .action(async (source: string, id: string, options: BisectOptions) => {
      // Loaded late: most commands need none of it.
      const { bisect } = await import('./bisect-run.ts');
      ended(await Interrupts.during((interrupts) => bisect(source, id, options, interrupts)));
    });
}
