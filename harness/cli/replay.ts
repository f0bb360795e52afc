import { Command, InvalidArgumentError } from 'commander';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openRunOrBundle } from '../bundle/run-source.ts';
import { UsageError } from '../errors/harness-error.ts';
import { openRun } from '../record/run-record.ts';
import { useRecordingsOf } from '../replay/kept-recordings.ts';
import { cameAgain, outcomeOf, replayPlanOf, type Outcome, type ReplayPlan } from '../replay/replay-plan.ts';
import { findRunDirectory } from '../run/run-directory.ts';
import { prepareImages } from './image-sets.ts';
import { Interrupts } from './interrupts.ts';
import { runAndReport } from './run.ts';
import { table } from './table.ts';
import { home } from './tool.ts';

const help = `
Takes images, bench, seed, fault and phase from the record. From the directory of a run the same recording is cut at the same write; from a
bundle the update is recorded anew, and the cut is at the same place by the same seed as far as the recordings are alike.

Exit codes: 0 it ended the same every time; 1 it did not; 2 it cannot be done again here.

Examples:
  bootproof replay last interrupted/cut/boot-swap
  bootproof replay evidence.tar update/update --times 3
`;

interface ReplayOptions {
  readonly times: number;
  readonly out: string;
  readonly otherImages?: boolean;
}

export function replayCommand(ended: (exitCode: number) => void): Command {
  return new Command('replay')
    .description('Do a case of a run again, and say whether it ended the same')
    .argument('<run>', 'directory of a run, its id, `last`, or a bundle')
    .argument('<case>', 'id of a case that was begun in it')
    .option('--times <n>', 'how often', times, 1)
    .option('--out <dir>', 'where directories of runs are, and where those of the replays go', 'runs')
    .option('--other-images', 'even if the images here are not those of the record')
    .addHelpText('after', help)
    .action(async (source: string, id: string, options: ReplayOptions) => {
      const run = await openRunOrBundle(source.endsWith('.tar') ? source : await findRunDirectory(options.out, source));
      const plan = replayPlanOf(run.ledger, id);
      if (!options.otherImages) await refuseOtherImages(plan);
      const interrupts = new Interrupts((text) => process.stderr.write(`\n${text}\n`));
      const outcomes: Outcome[] = [];
      try {
        const parent = await newReplayDirectory(options.out);
        for (let n = 0; n < options.times && !interrupts.abort.aborted; n += 1)
          outcomes.push(await replayOnce(plan, run.dir, join(parent, String(n + 1)), interrupts));
      } finally {
        interrupts.stop();
      }
      process.stdout.write(text(plan, outcomes));
      ended(outcomes.length === options.times && outcomes.every((one) => cameAgain(plan.expected, one)) ? 0 : 1);
    });
}

async function replayOnce(plan: ReplayPlan, from: string, out: string, interrupts: Interrupts): Promise<Outcome> {
  await mkdir(out, { recursive: true });
  const benchFile = join(out, 'bench.yaml');
  // JSON is YAML
  await writeFile(benchFile, `${JSON.stringify(plan.bench, null, 1)}\n`);
  const options = {
    bench: [benchFile],
    seed: plan.seed,
    scenarios: join(home, 'scenarios'),
    images: plan.imageSet,
    out,
    budget: 30,
  };
  await runAndReport([plan.case], options, interrupts, async (runDir) => {
    if (from !== '') await useRecordingsOf(from, runDir);
  });
  const { ledger } = await openRun(await findRunDirectory(out, 'last'));
  const [one] = ledger.cases;
  if (!one) throw new UsageError(`Not planned any more: case ${plan.case}`, { code: 'no-such-case' });
  return outcomeOf(one);
}

async function refuseOtherImages({ imageSet, commits, case: id }: ReplayPlan): Promise<void> {
  const { set } = await prepareImages(imageSet, { onStep: () => undefined, negatives: id.startsWith('negative/') });
  const here = set.images as Readonly<Record<string, { readonly commit?: unknown }>>;
  const other = Object.entries(commits).filter(([name, commit]) => here[name] && here[name].commit !== commit);
  if (other.length === 0) return;
  throw new UsageError(`Other images here than in the record: ${other.map(([name]) => name).join(', ')}`, {
    code: 'other-images',
    hint: 'check out the commit of the record, or use --other-images',
    details: { recorded: commits },
  });
}

async function newReplayDirectory(out: string): Promise<string> {
  await mkdir(resolve(out), { recursive: true });
  return mkdtemp(join(resolve(out), 'replay-'));
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

function times(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 1000) throw new InvalidArgumentError('1 to 1000 times');
  return number;
}
