import { Command } from 'commander';
import { minutesOption } from './numbers.ts';
import { join, relative } from 'node:path';
import type { WrittenReport } from '../../reports/index.ts';
import { summary, useColour } from '../../reports/summary.ts';
import { UsageError } from '../errors/harness-error.ts';
import { LineProgress } from '../run/line-progress.ts';
import type { PlanItem } from '../run/plan.ts';
import { newRunDirectory } from '../run/run-directory.ts';
import { run, type RunResult } from '../run/run.ts';
import { TtyProgress } from '../run/tty-progress.ts';
import { noteBenches, stolenFor, useText, withUse, type UseOptions } from './bench-use.ts';
import { BuildSteps } from './build-steps.ts';
import { defaultImages, packageDriftOf, prepareImages } from './image-sets.ts';
import { Interrupts } from './interrupts.ts';
import { qualifiedFacts } from './kept-qualification.ts';
import { prune, size } from './prune.ts';
import { preparePlan, withSelection, type SelectionOptions } from './selection-options.ts';
import { home, hostFacts } from './tool.ts';

const help = `
Each bench is a worker process of its own; a case goes to the next bench that has what it needs. No case is run twice.
The record is written as the run goes on, and reports are made of it: ${'`bootproof report`'} makes them again.
Ctrl-C ends the cases in hand and releases the benches; a second Ctrl-C kills them.

Examples:
  bootproof run --profile nightly
  bootproof run update interrupted/cut/boot-swap --seed 4711
  bootproof run --hold interrupted/cut/boot-swap --seed 7
  bootproof run --bench bench-1.yaml --bench bench-2.yaml --out /srv/runs --json > result.json
`;

const defaultBudget = 30;

interface RunCommandOptions extends SelectionOptions, UseOptions {
  readonly images: string;
  readonly out: string;
  readonly budget: number;
  readonly quota?: number;
  readonly json?: boolean;
  readonly hold?: boolean;
  readonly qualification?: string;
}

export function runCommand(ended: (exitCode: number) => void): Command {
  return withUse(withSelection(new Command('run')))
    .description('Run cases on benches, with a record and reports')
    .option(
      '--images <set>',
      'image set that the device runs and is updated to: its name, a file of your own (*.yaml), or the directory of a set',
      defaultImages,
    )
    .option('--out <dir>', 'where directories of runs are made', 'runs')
    .option('--budget <minutes>', 'of one case, unless its scenario sets another', minutesOption, defaultBudget)
    .option('--quota <size>', 'before it begins, remove the oldest runs in --out until they take no more: 50G', size)
    .option('--hold', 'leave the device as the case left it, and say how to attach, until Ctrl-C (one case alone)')
    .option(
      '--qualification <file>',
      'qualification that this configuration is held against (default: the last of this host)',
    )
    .option('--json', 'result as JSON on stdout; progress stays on stderr')
    .addHelpText('after', help)
    .action(async (patterns: string[], options: RunCommandOptions) => {
      ended(await Interrupts.during((interrupts) => runAndReport(patterns, options, interrupts)));
    });
}

/** `prepare`: what the run's new directory must hold before its first case. */
export async function runAndReport(
  patterns: readonly string[],
  options: RunCommandOptions,
  interrupts: Interrupts,
  prepare: (runDir: string) => Promise<void> = async () => undefined,
): Promise<number> {
  const prepared = await preparePlan(patterns, options);
  const cases = prepared.plan.items.length;
  if (options.hold && cases !== 1)
    throw new UsageError(`Selected ${cases} cases: --hold leaves the device of one`, {
      code: 'hold-one-case',
      hint: 'name the case: bootproof run --hold interrupted/cut/boot-swap',
    });
  const { stderr } = process;
  const qualified = await qualifiedFacts(options.qualification, (text) => stderr.write(`${text}\n`));
  const negatives = prepared.plan.items.some(({ planned }) => planned.negative !== undefined);
  const variants = prepared.plan.items.flatMap(({ scenario: { spec } }) => [
    ...(spec.uses ?? []),
    ...(spec.start ?? []),
  ]);
  const images = await imagesFor(options.images, { negatives, variants }, interrupts.abort);
  const packageDrift = await packageDriftOf(images);
  if (options.quota !== undefined) await prune(options.out, { maxBytes: options.quota });
  const directory = await newRunDirectory(options.out);
  await prepare(directory.path);
  const stolen = await stolenFor(prepared.benches, options, interrupts.abort, (text) => stderr.write(`${text}\n`));
  const result = await run({
    ...prepared,
    runDir: directory.path,
    facts: {
      run: directory.id,
      tool: qualified.tool,
      images: images.set.images,
      host: {
        ...hostFacts(),
        ...qualified.host,
        ...(stolen.length > 0 ? { stolen } : {}),
        imageSet: {
          name: images.set.name,
          key: images.set.key,
          packageDrift,
          ...(images.digests ? { digests: images.digests } : {}),
        },
      },
    },
    factoryModule: new URL('./compose.ts', import.meta.url).href,
    images: options.images,
    budgetMs: options.budget * 60_000,
    hold: options.hold ?? false,
    use: useText(directory.id, options),
    reproduce: (item) => reproduceLine(item, prepared.plan.seed, options),
    progress: stderr.isTTY ? new TtyProgress(stderr) : new LineProgress((text) => stderr.write(text)),
    abort: interrupts.abort,
    kill: interrupts.kill,
  }).catch(async (error: unknown) => {
    // the record could not be finished: what is in it is reported all the same
    await report(directory.path);
    throw error;
  });
  await noteBenches(prepared.benches, result);
  const reports = await report(directory.path);
  process.stdout.write(options.json ? resultJson(directory.path, result, reports) : resultText(result, reports));
  return result.code;
}

async function report(runDir: string): Promise<WrittenReport[]> {
  // loaded late: the report generators take longer to load than everything else
  const { writeReports } = await import('../../reports/index.ts');
  return writeReports(runDir);
}

/** A build cannot be ended half-way; the person who aborts does not wait for it, and the next build sweeps up. */
async function imagesFor(
  name: string,
  beyond: { readonly negatives: boolean; readonly variants: readonly string[] },
  abort: AbortSignal,
): ReturnType<typeof prepareImages> {
  const steps = new BuildSteps(process.stderr);
  const leave = () => process.exit(4);
  abort.addEventListener('abort', leave);
  try {
    return await prepareImages(name, { onStep: steps.onStep, ...beyond });
  } finally {
    abort.removeEventListener('abort', leave);
    steps.close();
  }
}

function resultText({ ledger }: RunResult, reports: readonly WrittenReport[]): string {
  const { stdout, env } = process;
  const columns = stdout.columns ?? Infinity;
  const shown = reports.map((report) => ({ ...report, path: nearest(report.path) }));
  return summary(ledger, { columns, colour: useColour(stdout, env), reports: shown });
}

function resultJson(runDir: string, { code, reason, ledger }: RunResult, reports: readonly WrittenReport[]): string {
  const cases = ledger.cases.map(({ verdict }) => verdict);
  const { run: id, planHash, seed, profile } = ledger.run;
  const result = {
    run: id,
    runDir,
    exitCode: code,
    reason,
    profile,
    planHash,
    seed,
    counts: ledger.counts,
    cases,
    reports,
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** Relative where that is shorter. */
function nearest(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

/** Does one case again with the same randomness: its seed comes from the run's and its id. */
export function reproduceLine(
  { planned }: Pick<PlanItem, 'planned'>,
  seed: number,
  options: Pick<RunCommandOptions, 'bench' | 'place' | 'placeTag' | 'images' | 'scenarios' | 'budget'>,
): string {
  const words = ['npx', 'bootproof', 'run'];
  for (const file of options.bench) words.push('--bench', file);
  if (options.place !== undefined) words.push('--place', options.place);
  for (const tag of options.placeTag ?? []) words.push('--place-tag', tag);
  if (options.images !== defaultImages) words.push('--images', options.images);
  if (options.scenarios !== join(home, 'scenarios')) words.push('--scenarios', options.scenarios);
  if (options.budget !== defaultBudget) words.push('--budget', String(options.budget));
  words.push('--seed', String(seed), planned.case);
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./#-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
