import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { cacheDirectory } from '../../images/builder/cache-key.ts';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { UsageError } from '../errors/harness-error.ts';
import { digestOf } from '../explore/base-digest.ts';
import { StateIds, type CrashState } from '../explore/crash-state.ts';
import { exploreAll } from '../explore/explore-all.ts';
import type { Exploration } from '../explore/exploration.ts';
import { judgeInFull } from '../explore/full-judgement.ts';
import { denseAround, updateFound } from '../explore/found-update.ts';
import { RebuiltState } from '../explore/rebuilt-state.ts';
import { bootMenuOf } from '../observe/offline/boot-menu.ts';
import { classOf } from '../explore/state-judge.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import { denseWindow, readRecording, subjectOf } from '../session/explored-update.ts';
import { recordingOf } from '../session/make-recording.ts';
import type { StoredRecording } from '../session/recording-store.ts';
import { bootState, type StateBoot } from '../session/state-boot.ts';
import { flushesOf } from '../update/phases/block-log.ts';
import { ExploreBench } from './explore-bench.ts';
import { ExploreProgress } from './explore-progress.ts';
import { ExploreRecord } from './explore-record.ts';
import { explorationNote, explorationText, reportedClasses, type ReportedClass } from './explore-report.ts';
import type { ExploreCommandOptions } from './explore.ts';
import { prepareImages } from './image-sets.ts';
import type { Interrupts } from './interrupts.ts';

/** Share of the pruned states that are judged in full all the same. */
const checkShare = 0.02;

export interface ExploreSettings extends ExploreCommandOptions {
  readonly seed: number;
}

/** @returns the exit code of the run. */
export async function explore(options: ExploreSettings, interrupts: Interrupts): Promise<number> {
  if (options.log !== undefined || options.disk !== undefined) return exploreLog(options, interrupts);
  const [from, to] = imagesOf(options.update);
  const built = await prepareImages(options.images, { onStep: () => undefined });
  const record = await ExploreRecord.open(options, built, [from, to]);
  const bench = new ExploreBench(options, record, from, interrupts.abort);
  try {
    const stored = options.recording
      ? await readRecording(options.recording)
      : await bench.with(
          async (session) => (await recordingOf(session, 'update', await session.images.named(to))).stored,
        );
    const subject = await subjectOf(stored, built.source);
    const boots = options.boot ? { boots: { bench, stored } } : {};
    const code = options.state
      ? await oneState(options.state, subject, { options, record, ...boots })
      : await allStates(subject, denseWindow(subject.windows), { options, record, stop: interrupts.abort, ...boots });
    return code;
  } catch (error) {
    record.failed(error);
    throw error;
  } finally {
    await bench.release();
    await record.close();
  }
}

/** A log and a disk from anywhere: there is nobody to log in to, so nothing is booted. */
async function exploreLog(options: ExploreSettings, interrupts: Interrupts): Promise<number> {
  const { log, disk } = options;
  if (log === undefined || disk === undefined || options.recording !== undefined)
    throw new UsageError('Half of a recording: --log and --disk go together, without --recording', {
      code: 'log-without-disk',
      hint: 'the log of writes, and the disk as it was before the first of them',
    });
  const subject = updateFound({ basePath: disk, logPath: log }, bootMenuOf(options.menu));
  const { from, to } = subject.transition;
  const record = await ExploreRecord.open(options, undefined, [from.commit.slice(0, 12), to.commit.slice(0, 12)]);
  try {
    return options.state
      ? await oneState(options.state, subject, { options, record })
      : await allStates(subject, denseAround(subject), { options, record, stop: interrupts.abort });
  } catch (error) {
    record.failed(error);
    throw error;
  } finally {
    await record.close();
  }
}

interface Surroundings {
  readonly options: ExploreSettings;
  readonly record: ExploreRecord;
  /** What rebuilt states are booted on; absent: nothing is booted. */
  readonly boots?: { readonly bench: ExploreBench; readonly stored: StoredRecording };
}

async function allStates(
  subject: ExploreSubject,
  dense: readonly [from: number, to: number],
  { options, boots, record, stop }: Surroundings & { readonly stop: AbortSignal },
): Promise<number> {
  const disk = RecordedDisk.open(subject);
  try {
    const base = digestOf(disk.base);
    const ids = new StateIds(disk.log, base);
    const { bound, workers, budget, fresh } = options;
    const { marks } = subject;
    const progress = new ExploreProgress((text) => process.stderr.write(text));
    const { exploration, finished, wallMs, peakRssBytes } = await exploreAll(subject, {
      options: {
        bound,
        dense,
        ...(marks ? { excluded: [marks.firstSector, marks.sectors] as const } : {}),
        seed: options.seed,
        checkShare,
      },
      base,
      directory: join(cacheDirectory(), 'explorations'),
      fresh: fresh ?? false,
      workers,
      budgetMs: budget * 60_000,
      stop,
      onProgress: (state) => progress.show(state),
    });
    progress.close();
    const classes: ReportedClass[] = [];
    for (const one of reportedClasses(disk, ids, exploration)) {
      const booted = boots && !stop.aborted ? await booting(one.state, ids, disk, subject, boots) : undefined;
      classes.push({ ...one, ...(booted ? { booted } : {}) });
    }
    const flushes = flushesOf(disk.log).filter((at) => at >= subject.range[0]);
    record.note(
      'exploration',
      explorationNote(subject, exploration, classes, {
        base,
        bound,
        dense,
        flushes,
        finished,
        wallMs,
        workers,
        peakRssBytes,
      }),
    );
    process.stdout.write(explorationText(exploration, classes, bound, wallMs));
    return record.end(verdictOf(exploration, classes, finished));
  } finally {
    disk.close();
  }
}

/** A mismatch between prediction and boot is a defect of the explorer, as is a pruned state that the full judgement puts elsewhere. */
function verdictOf(
  { disagreements }: Exploration,
  classes: readonly ReportedClass[],
  finished: boolean,
): Parameters<ExploreRecord['end']>[0] {
  const failing = classes.filter(({ sound }) => !sound);
  const findingCodes = [...new Set(failing.flatMap(({ findings }) => findings.map(({ code }) => code)))];
  const mispredicted = classes.find(({ boots, booted }) => booted && booted.boots !== boots);
  if (mispredicted)
    return {
      verdict: 'broken',
      blame: 'harness',
      code: 'prediction-wrong',
      reason: `predicted to boot ${mispredicted.boots}, booted ${mispredicted.booted!.boots}: state ${mispredicted.state}`,
      findingCodes,
    };
  if (disagreements.length > 0)
    return {
      verdict: 'broken',
      blame: 'harness',
      code: 'pruned-wrongly',
      reason: `${disagreements.length} pruned states are of another class when judged in full`,
      findingCodes,
    };
  const states = failing.reduce((all, one) => all + one.states, 0);
  if (states > 0)
    return {
      verdict: 'failed',
      blame: 'product',
      code: 'crash-state-unsound',
      reason: `${states} crash states are neither old nor new, whole; the smallest: ${failing[0]!.state}`,
      findingCodes,
    };
  if (!finished)
    return { verdict: 'aborted', blame: 'human', code: 'unfinished', reason: 'ended before its end', findingCodes };
  return { verdict: 'passed', reason: '', findingCodes };
}

async function oneState(id: string, subject: ExploreSubject, { boots, record }: Surroundings): Promise<number> {
  const disk = RecordedDisk.open(subject);
  try {
    const ids = new StateIds(disk.log, digestOf(disk.base));
    const state: CrashState = ids.parse(id);
    const judged = judgeInFull(disk, subject, state);
    const booted = boots ? await booting(id, ids, disk, subject, boots) : undefined;
    const findings = judged.findings.map(({ oracle, code, message }) => ({ oracle, code, message }));
    const class_ = classOf(judged);
    record.note('crash-state', {
      state: id,
      class: class_,
      predicted: judged.boots,
      findings,
      ...(booted ? { booted } : {}),
    });
    const lines = [
      `${id}: ${class_}`,
      ...findings.map(({ oracle, code, message }) => `  oracle ${oracle} ${code}: ${message}`),
    ];
    if (booted) lines.push(`  booted: ${booted.boots}; last line: ${booted.lastLine}`);
    process.stdout.write(`${lines.join('\n')}\n`);
    const wrong = booted && booted.boots !== judged.boots;
    const codes = [...new Set(findings.map(({ code }) => code))];
    if (wrong)
      return record.end({
        verdict: 'broken',
        blame: 'harness',
        code: 'prediction-wrong',
        reason: `predicted to boot ${judged.boots}, booted ${booted.boots}`,
        findingCodes: codes,
      });
    if (codes.length > 0)
      return record.end({
        verdict: 'failed',
        blame: 'product',
        code: 'crash-state-unsound',
        reason: class_,
        findingCodes: codes,
      });
    return record.end({ verdict: 'passed', reason: '', findingCodes: [] });
  } finally {
    disk.close();
  }
}

async function booting(
  id: string,
  ids: StateIds,
  disk: RecordedDisk,
  subject: ExploreSubject,
  { bench, stored }: NonNullable<Surroundings['boots']>,
): Promise<StateBoot> {
  return bench.with(async (session) => {
    const path = join(session.environment.scratch, 'state.raw');
    try {
      await session.steps.run(`rebuild ${id}`, () => new RebuiltState(disk, ids.parse(id)).materialise(path));
      return await session.steps.run(
        `boot ${id}`,
        () => bootState(session, stored, subject, path),
        ({ boots, lastLine }) => ({ boots, lastLine }),
      );
    } finally {
      await rm(path, { force: true });
    }
  });
}

function imagesOf(update: string): [from: string, to: string] {
  const [, from, to] = /^([\w-]+)\.\.([\w-]+)$/.exec(update) ?? [];
  if (from && to) return [from, to];
  throw new UsageError(`Not an update: ${update}`, { code: 'no-such-update', hint: 'two images, as in v1..v2' });
}
