import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openImageDirectory } from '../../images/pack/image-directory.ts';
import { openRunOrBundle } from '../bundle/run-source.ts';
import { UsageError } from '../errors/harness-error.ts';
import type { Ledger } from '../record/ledger.ts';
import { openRun, type RunRecord } from '../record/run-record.ts';
import { useRecordingsOf } from '../replay/kept-recordings.ts';
import { outcomeOf, replayPlanOf, type Outcome, type ReplayPlan } from '../replay/replay-plan.ts';
import { findRunDirectory } from '../run/run-directory.ts';
import { prepareImages } from './image-sets.ts';
import type { Interrupts } from './interrupts.ts';
import { imagesOfBundle, usedBy } from './packed-images.ts';
import { runAndReport } from './run.ts';
import { home } from './tool.ts';

export interface ReplaySourceOptions {
  readonly out: string;
  /** In place of what the record names. */
  readonly images?: string | undefined;
  readonly otherImages?: boolean | undefined;
}

/**
 * What is to be done again, from a run's directory, its id, `last`, or a bundle (*.tar), whose images are unpacked if it has some.
 * @throws UsageError as replayPlanOf, unpackSet and prepareImages do, `other-images`, `image-not-packed`.
 */
export async function replaySource(
  source: string,
  id: string,
  { out, images, otherImages = false }: ReplaySourceOptions,
): Promise<{ run: RunRecord; plan: ReplayPlan }> {
  const isBundle = source.endsWith('.tar');
  const run = await openRunOrBundle(isBundle ? source : await findRunDirectory(out, source));
  const recorded = replayPlanOf(run.ledger, id);
  const packed = isBundle && images === undefined ? await imagesOfBundle(source) : undefined;
  if (packed !== undefined) await refuseUnpacked(packed, run.ledger, id);
  const plan = { ...recorded, imageSet: images ?? packed ?? recorded.imageSet };
  if (!otherImages) await refuseOtherImages(plan);
  return { run, plan };
}

/** Runs the case of a plan once, into the recordings of the run `from` (`''`: there are none). */
export async function replayOnce(
  plan: ReplayPlan,
  from: string,
  { out, hold = false }: { readonly out: string; readonly hold?: boolean | undefined },
  interrupts: Interrupts,
): Promise<{ outcome: Outcome; runDir: string }> {
  const options = {
    bench: [await benchFileOf(plan, out)],
    seed: plan.seed,
    scenarios: join(home, 'scenarios'),
    images: plan.imageSet,
    out,
    budget: 30,
    hold,
  };
  await runAndReport([plan.case], options, interrupts, async (runDir) => {
    if (from !== '') await useRecordingsOf(from, runDir);
  });
  const runDir = await findRunDirectory(out, 'last');
  const [one] = (await openRun(runDir)).ledger.cases;
  if (!one) throw new UsageError(`Not planned any more: case ${plan.case}`, { code: 'no-such-case' });
  return { outcome: outcomeOf(one), runDir };
}

/** The bench of the record as a bench file in `folder`, which is made. */
export async function benchFileOf({ bench }: ReplayPlan, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'bench.yaml');
  // JSON is YAML
  await writeFile(path, `${JSON.stringify(bench, null, 1)}\n`);
  return path;
}

/** A new folder in `out` for runs that belong together. */
export async function newFolder(out: string, name: string): Promise<string> {
  await mkdir(resolve(out), { recursive: true });
  return mkdtemp(join(resolve(out), `${name}-`));
}

/** Before a bench is taken: a bundle may be of other cases than this one's run had. @throws UsageError `image-not-packed`. */
async function refuseUnpacked(directory: string, { cases }: Ledger, id: string): Promise<void> {
  const { images, installs } = await usedBy(cases.filter(({ planned }) => planned.case === id));
  await openImageDirectory(directory, { needed: [...images, ...installs.flat()] });
}

async function refuseOtherImages({ imageSet, commits, case: id }: ReplayPlan): Promise<void> {
  const { set } = await prepareImages(imageSet, { onStep: () => undefined, negatives: id.startsWith('negative/') });
  const here = set.images as Readonly<Record<string, { readonly commit?: unknown }>>;
  const other = Object.entries(commits).filter(([name, commit]) => here[name] && here[name].commit !== commit);
  if (other.length === 0) return;
  throw new UsageError(`Other images here than in the record: ${other.map(([name]) => name).join(', ')}`, {
    code: 'other-images',
    hint: '--images DIR names the set that ran; or check out the commit of the record, or use --other-images',
    details: { recorded: commits },
  });
}
