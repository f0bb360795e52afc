import { Command } from 'commander';
import { join } from 'node:path';
import { UsageError } from '../errors/harness-error.ts';
import { cameAgain, type Outcome, type ReplayPlan } from '../replay/replay-plan.ts';
import { Interrupts } from './interrupts.ts';
import { newFolder, replayOnce, replaySource } from './replay-once.ts';
import { table } from './table.ts';
import { wholeNumber } from './numbers.ts';

const help = `
Takes images, bench, seed, fault and phase from the record. From the directory of a run the same recording is cut at the same write; from a
bundle the update is recorded anew, and the cut is at the same place by the same seed as far as the recordings are alike. Images that are in the
bundle (${'`report --bundle --with-images`'}) are used whatever this checkout would build.

Exit codes: 0 it ended the same every time; 1 it did not; 2 it cannot be done again here.

Examples:
  bootproof replay last interrupted/cut/boot-swap
  bootproof replay evidence.tar update/update --times 3
  bootproof replay last interrupted/cut/boot-swap --hold     and look at the device as it is then
`;

interface ReplayOptions {
  readonly times: number;
  readonly out: string;
  readonly images?: string;
  readonly otherImages?: boolean;
  readonly hold?: boolean;
}

export function replayCommand(ended: (exitCode: number) => void): Command {
  return new Command('replay')
    .description('Do a case of a run again, and say whether it ended the same')
    .argument('<run>', 'directory of a run, its id, `last`, or a bundle')
    .argument('<case>', 'id of a case that was begun in it')
    .option('--times <n>', 'how often', wholeNumber(1, 1000), 1)
    .option('--out <dir>', 'where directories of runs are, and where those of the replays go', 'runs')
    .option('--hold', 'leave the device as the case left it, and say how to attach, until Ctrl-C')
    .option('--images <set>', 'in place of what the record names: a directory that the set was moved to')
    .option('--other-images', 'even if the images here are not those of the record')
    .addHelpText('after', help)
    .action(async (source: string, id: string, options: ReplayOptions) => {
      if (options.hold && options.times !== 1)
        throw new UsageError(`Held after one replay, not after ${options.times}: --hold`, { code: 'hold-one-case' });
      const { run, plan } = await replaySource(source, id, options);
      const outcomes: Outcome[] = [];
      await Interrupts.during(async (interrupts) => {
        const parent = await newFolder(options.out, 'replay');
        for (let n = 0; n < options.times && !interrupts.abort.aborted; n += 1) {
          const how = { out: join(parent, String(n + 1)), hold: options.hold };
          outcomes.push((await replayOnce(plan, run.dir, how, interrupts)).outcome);
        }
      });
      process.stdout.write(text(plan, outcomes));
      ended(outcomes.length === options.times && outcomes.every((one) => cameAgain(plan.expected, one)) ? 0 : 1);
    });
}

function text({ expected, case: id, tool }: ReplayPlan, outcomes: readonly Outcome[]): string {
  const row = (name: string, { verdict, codes, faults }: Outcome, same: string) => [
    name,
    verdict,
    codes.join(', ') || '-',
    faults.join('; ') || '-',
    same,
  ];
  const rows = [
    row('recorded', expected, ''),
    ...outcomes.map((one, index) => row(`replay ${index + 1}`, one, cameAgain(expected, one) ? 'the same' : 'OTHER')),
  ];
  const again = outcomes.filter((one) => cameAgain(expected, one)).length;
  const head = table(['', 'verdict', 'codes', 'what the fault hit', ''], rows);
  return `${head}\n\n${id}: ended the same in ${again} of ${outcomes.length} (recorded by bootproof ${tool.version}, ${tool.commit.slice(0, 12)})\n`;
}
