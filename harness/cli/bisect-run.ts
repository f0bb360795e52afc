import { join } from 'node:path';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { UsageError } from '../errors/harness-error.ts';
import { digestOf } from '../explore/base-digest.ts';
import { StateIds, type CrashState } from '../explore/crash-state.ts';
import { narrowCut } from '../explore/narrowed-cut.ts';
import { StateJudgement } from '../explore/state-judgement.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import type { CaseLedger } from '../record/ledger.ts';
import { openRun } from '../record/run-record.ts';
import { cameAgain, type ReplayPlan } from '../replay/replay-plan.ts';
import { keptRecording, recordedCutOf, stateOf } from '../replay/recorded-cut.ts';
import { readRecording, subjectOf } from '../session/explored-update.ts';
import { bisectByBoots } from './bisect-boots.ts';
import { narrowedText, rebuildLine } from './bisect-text.ts';
import type { BisectOptions } from './bisect.ts';
import { explore, type ExploreSettings } from './explore-run.ts';
import { prepareImages } from './image-sets.ts';
import type { Interrupts } from './interrupts.ts';
import { benchFileOf, newFolder, replayOnce, replaySource } from './replay-once.ts';

/** @returns the exit code. @throws UsageError `did-not-fail`, `not-a-recorded-cut`, `recording-gone`, `not-an-update`; as replaySource does. */
export async function bisect(
  source: string,
  id: string,
  options: BisectOptions,
  interrupts: Interrupts,
): Promise<number> {
  const { run, plan } = await replaySource(source, id, options);
  recordedCutOf(failing(run.ledger.cases, id));
  const folder = await newFolder(options.out, 'bisect');
  const runDir = run.dir === '' ? await recordedAnew(plan, join(folder, 'replay'), interrupts) : run.dir;
  const facts = recordedCutOf(failing((await openRun(runDir)).ledger.cases, id));
  if (facts.kind !== 'update' && facts.kind !== 'switch')
    throw new UsageError(`Not judged offline: the cut of a ${facts.kind}, case ${id}`, {
      code: 'not-an-update',
      hint: 'the explorer knows what an update leaves on a disk, and bisect asks it',
    });
  const recording = await keptRecording(runDir, facts);
  const stored = await readRecording(recording);
  const { source: images } = await prepareImages(plan.imageSet, {
    onStep: () => undefined,
    negatives: id.startsWith('negative/'),
  });
  const subject = await subjectOf(stored, images);
  const disk = RecordedDisk.open(subject);
  try {
    const ids = new StateIds(disk.log, digestOf(disk.base));
    const { window, ...given } = stateOf(disk.log, stored.phases, facts);
    const settings = (state: CrashState, bench: string): ExploreSettings => ({
      bench: [bench],
      update: `${facts.from}..${facts.to}`,
      recording,
      state: ids.id(state),
      images: plan.imageSet,
      out: folder,
      seed: plan.seed,
      boot: true,
      sample: 0,
      second: 0,
      menu: subject.menu,
      bound: 'flush',
      budget: 30,
      workers: 1,
    });
    const found = await offline(subject, disk, window, given);
    if (!found) {
      process.stdout.write('The offline oracles have nothing against what was booted: it is bisected by boots\n');
      const bench = await benchFileOf(plan, folder);
      return await bisectByBoots({ disk, ids, subject, stored, given, window, phase: facts.cut.phase }, options.boots, {
        settings: (state) => settings(state, bench),
        interrupts,
      });
    }
    process.stdout.write(narrowedText(disk, subject, given, found));
    const last = settings(found.state, await benchFileOf(plan, folder));
    process.stdout.write(`rebuild   ${rebuildLine(last)}\n`);
    if (options.boots === 0) return 0;
    // 1: a state that fails by the oracles, and boots as they predict
    return (await explore(last, interrupts)) === 1 ? 0 : 1;
  } finally {
    disk.close();
  }
}

/** Within the phase; where that fails from its begin on, from the begin of the update: what makes it fail was written before. */
async function offline(
  subject: ExploreSubject,
  { log }: RecordedDisk,
  window: { readonly from: number; readonly to: number },
  given: CrashState,
): ReturnType<typeof narrowCut> {
  const first = Math.min(subject.range[0], window.from);
  const judgement = new StateJudgement(subject, first);
  try {
    const judge = (state: CrashState) => judgement.judge(state);
    const found = await narrowCut(log, window, given, judge);
    if (found?.goodBefore !== undefined || !found) return found;
    const wider = await narrowCut(log, { from: first, to: window.to }, given, judge);
    return wider && { ...wider, statesJudged: found.statesJudged + wider.statesJudged };
  } finally {
    judgement.close();
  }
}

/** @throws UsageError `did-not-fail`. */
function failing(cases: readonly CaseLedger[], id: string): CaseLedger {
  const one = cases.find(({ planned }) => planned.case === id);
  if (one && (one.verdict.findingCodes.length > 0 || one.verdict.verdict === 'failed')) return one;
  throw new UsageError(`Did not fail, so there is nothing to narrow: case ${id}`, {
    code: 'did-not-fail',
    hint: 'bisect is for a power cut that a device did not survive',
  });
}

/** From a bundle: the same case, with a recording of its own. @returns its run's directory. @throws UsageError `not-again`. */
async function recordedAnew(plan: ReplayPlan, out: string, interrupts: Interrupts): Promise<string> {
  const { outcome, runDir } = await replayOnce(plan, '', { out }, interrupts);
  if (cameAgain(plan.expected, outcome)) return runDir;
  throw new UsageError(`Ended otherwise when it was done again (${outcome.verdict}): case ${plan.case}`, {
    code: 'not-again',
    hint: 'the recordings of the run itself are needed: bisect the run where it was made',
    details: { expected: plan.expected, outcome },
  });
}
