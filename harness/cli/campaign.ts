import { Command } from 'commander';
import { join, resolve } from 'node:path';
import { campaignText, survivalOf } from './campaign-text.ts';
import { readCampaign, writeCampaign, type CampaignFile } from '../campaign/campaign-file.ts';
import { remainingPlan, runCampaign } from '../campaign/campaign.ts';
import { cutsOf } from '../campaign/cuts.ts';
import { UsageError } from '../errors/harness-error.ts';
import type { Bench } from '../run/bench.ts';
import { newRunSeed } from '../run/case-seed.ts';
import { loadCatalog } from '../run/catalog.ts';
import { LineProgress } from '../run/line-progress.ts';
import { newRunDirectory } from '../run/run-directory.ts';
import { TtyProgress } from '../run/tty-progress.ts';
import { noteBenches, stolenFor, useText, withUse, type UseOptions } from './bench-use.ts';
import { benchesOf, loadBenchFiles } from './compose.ts';
import { defaultImages, prepareImages } from './image-sets.ts';
import { Interrupts } from './interrupts.ts';
import { qualifiedFacts } from './kept-qualification.ts';
import { reproduceLine } from './run.ts';
import { home, hostFacts } from './tool.ts';
import { minutesOption, wholeNumber } from './numbers.ts';

const help = `
Benches that record their disk rebuild each cut from one recording, at a place that the seed chooses; on others the power is cut live.
A campaign belongs to its directory: the same command begins it, and goes on with it after Ctrl-C, kill -9 or a restart of this host. A cut
that has a verdict is never made again; one that was in hand is. It stops at a device that does not boot any more.

Examples:
  bootproof campaign campaigns/rcar --cuts 60 --phase finalize --phase reboot --bench rcar.yaml
  bootproof campaign campaigns/rcar --show
`;

interface CampaignOptions extends UseOptions {
  readonly cuts?: number;
  readonly phase: string[];
  readonly bench: string[];
  readonly images: string;
  readonly seed?: number;
  readonly scenarios: string;
  readonly budget: number;
  readonly show?: boolean;
  readonly json?: boolean;
}

export function campaignCommand(ended: (exitCode: number) => void): Command {
  const several = (value: string, all: string[]): string[] => [...all, value];
  return withUse(new Command('campaign'))
    .description('A long series of power cuts, with the bound that it proves')
    .argument('<directory>', 'of the campaign: its runs and what was asked for')
    .option('--cuts <n>', 'cuts in each phase', wholeNumber(1, 100_000))
    .option('--phase <phase>', 'where to cut; several times for more (default: finalize)', several, [])
    .option('--bench <file>', 'bench file; several times for more (default: two QEMU machines here)', several, [])
    .option('--images <name>', 'image set', defaultImages)
    .option('--seed <n>', 'where all randomness comes from (default: a new one)', wholeNumber(0, 2 ** 32 - 1))
    .option('--scenarios <dir>', 'directory of scenarios', join(home, 'scenarios'))
    .option('--budget <minutes>', 'of one cut', minutesOption, 30)
    .option('--show', 'what was cut so far; nothing is switched on')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (directory: string, options: CampaignOptions) =>
      ended(await campaignOf(resolve(directory), options)),
    );
}

async function campaignOf(directory: string, options: CampaignOptions): Promise<number> {
  const known = await readCampaign(directory);
  const campaign = known ?? (options.show ? undefined : await begin(directory, options));
  if (!campaign)
    throw new UsageError(`No campaign there: ${directory}`, { code: 'no-campaign', hint: '--cuts begins one' });
  if (known) refuseOther(known, options, directory);
  const code = options.show ? 0 : await goOn(directory, campaign, options);
  const { cuts, problems } = await cutsOf(directory, campaign.scenarios);
  const text = options.json
    ? JSON.stringify({ directory, ...campaign, phases: survivalOf(campaign, cuts), cuts, problems }, null, 2)
    : campaignText(campaign, cuts, problems);
  process.stdout.write(`${text}\n`);
  return code;
}

async function begin(directory: string, options: CampaignOptions): Promise<CampaignFile> {
  if (options.cuts === undefined)
    throw new UsageError('How many cuts? --cuts is missing', {
      code: 'cuts-missing',
      hint: '--cuts 60 --phase finalize',
    });
  const benches = await benchesFor(options.bench);
  const form = benches.every(({ capabilities }) => capabilities.includes('disk.record')) ? 'cut' : 'live';
  const phases = options.phase.length > 0 ? options.phase : ['finalize'];
  const scenarios = Object.fromEntries(phases.map((phase) => [phase, `interrupted/${form}/${phase}`]));
  const ids = (await loadCatalog(options.scenarios)).scenarios.map(({ spec }) => spec.id);
  for (const [phase, id] of Object.entries(scenarios)) {
    if (ids.includes(id)) continue;
    const there = ids.filter((one) => one.startsWith(`interrupted/${form}/`) && one.split('/').length === 3);
    throw new UsageError(`No cut is aimed at phase ${phase}`, {
      code: 'no-such-phase',
      hint: `on these benches there are ${there.map((one) => one.split('/').at(-1)).join(', ')}`,
    });
  }
  const { cuts, bench, images, seed = newRunSeed() } = options;
  const files = bench.map((path) => resolve(path));
  const campaign: CampaignFile = { version: 1, seed, cuts, scenarios, benches: files, images };
  await writeCampaign(directory, campaign);
  return campaign;
}

/** A campaign whose question changes on the way proves nothing. */
function refuseOther(known: CampaignFile, { cuts, phase }: CampaignOptions, directory: string): void {
  const phases = Object.keys(known.scenarios);
  const isOther =
    (cuts !== undefined && cuts !== known.cuts) ||
    (phase.length > 0 && [...phase].sort().join() !== phases.sort().join());
  if (isOther)
    throw new UsageError(`Begun with ${known.cuts} cuts in ${phases.join(', ')}: campaign ${directory}`, {
      code: 'another-campaign',
      hint: 'go on without --cuts and --phase, or name a new directory',
    });
}

async function goOn(directory: string, campaign: CampaignFile, options: CampaignOptions): Promise<number> {
  const files = options.bench.length > 0 ? options.bench : campaign.benches;
  const benches = await benchesFor(files);
  const catalog = await loadCatalog(options.scenarios);
  if (!(await remainingPlan(directory, campaign, catalog, benches))) return 0;
  return Interrupts.during(async (interrupts) => {
    const { set } = await prepareImages(campaign.images, { onStep: () => undefined });
    const { id, path } = await newRunDirectory(directory);
    const { stderr } = process;
    const qualified = await qualifiedFacts(undefined, (text) => stderr.write(`${text}\n`));
    const stolen = await stolenFor(benches, options, interrupts.abort, (text) => stderr.write(`${text}\n`));
    const { result, bricked } = await runCampaign({
      directory,
      campaign,
      catalog,
      benches,
      runDir: path,
      facts: {
        run: id,
        tool: qualified.tool,
        images: set.images,
        host: {
          ...hostFacts(),
          ...qualified.host,
          imageSet: { name: set.name, key: set.key },
          ...(stolen.length > 0 ? { stolen } : {}),
        },
      },
      factoryModule: new URL('./compose.ts', import.meta.url).href,
      images: campaign.images,
      budgetMs: options.budget * 60_000,
      use: useText(id, options),
      reproduce: (item) => reproduceLine(item, campaign.seed, { ...options, bench: files, images: campaign.images }),
      progress: stderr.isTTY ? new TtyProgress(stderr) : new LineProgress((text) => stderr.write(text)),
      abort: interrupts.abort,
      kill: interrupts.kill,
    });
    if (result) await noteBenches(benches, result);
    // loaded late: the report generators take longer to load than everything else
    const { writeReports } = await import('../../reports/index.ts');
    for (const { format, error, note } of await writeReports(path)) {
      const told = error === undefined ? note : `not written: ${error}`;
      if (told !== undefined) stderr.write(`${format}  ${told}\n`);
    }
    if (bricked !== undefined) stderr.write(`Stopped: the device does not boot any more since ${bricked}\n`);
    return bricked === undefined ? (result?.code ?? 0) : 1;
  });
}

async function benchesFor(paths: readonly string[]): Promise<Bench[]> {
  return (await loadBenchFiles(paths)).flatMap((file) => benchesOf(file));
}
