import { join } from 'node:path';
import { cacheDirectory } from '../../images/builder/cache-key.ts';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { UsageError } from '../errors/harness-error.ts';
import { digestOf } from '../explore/base-digest.ts';
import { StateIds, type CrashState } from '../explore/crash-state.ts';
import { exploreAll } from '../explore/explore-all.ts';
import { judgeInFull } from '../explore/full-judgement.ts';
import { denseAround, updateFound } from '../explore/found-update.ts';
import { bootMenuOf } from '../observe/offline/boot-menu.ts';
import { sampledStates } from '../explore/sampled-states.ts';
import { classOf } from '../explore/state-judge.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import { denseWindow, readRecording, subjectOf } from '../session/explored-update.ts';
import { recordingOf } from '../session/make-recording.ts';
import type { StoredRecording } from '../session/recording-store.ts';
import { flushesOf } from '../update/phases/block-log.ts';
import { ExploreBench } from './explore-bench.ts';
import { ExploreProgress } from './explore-progress.ts';
import { ExploreRecord } from './explore-record.ts';
import { explorationNote, explorationText, reportedClasses, type ReportedClass } from './explore-report.ts';
import { bootRebuilt, bootSampled, secondOrder, type SampledBoot, type SecondOrder } from './explore-samples.ts';
import { samplesText } from './explore-samples-text.ts';
import { verdictOf } from './explore-verdict.ts';
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
  return record.during(() =>
    bench.during(async () => {
      const stored = options.recording
        ? await readRecording(options.recording)
        : await bench.with(
            async (session) => (await recordingOf(session, 'update', await session.images.named(to))).stored,
          );
      const subject = await subjectOf(stored, built.source);
      const boots = options.boot ? { boots: { bench, stored } } : {};
      return options.state
        ? oneState(options.state, subject, { options, record, ...boots })
        : allStates(subject, denseWindow(subject.windows), { options, record, stop: interrupts.abort, ...boots });
    }),
  );
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
  return record.during(() =>
    options.state
      ? oneState(options.state, subject, { options, record })
      : allStates(subject, denseAround(subject), { options, record, stop: interrupts.abort }),
  );
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
    const enumeration = {
      bound,
      dense,
      ...(marks ? { excluded: [marks.firstSector, marks.sectors] as const } : {}),
    };
    const explorer = {
      directory: join(cacheDirectory(), 'explorations'),
      workers,
      budgetMs: budget * 60_000,
      stop,
    };
    const { exploration, finished, wallMs, peakRssBytes } = await ExploreProgress.during((onProgress) =>
      exploreAll(subject, {
        ...explorer,
        onProgress,
        options: { ...enumeration, seed: options.seed, checkShare },
        base,
        fresh: fresh ?? false,
      }),
    );
    const context = boots && { disk, ids, subject, ...boots };
    const classes: ReportedClass[] = [];
    for (const one of reportedClasses(disk, ids, exploration)) {
      const booted = context && !stop.aborted ? await bootRebuilt(context, ids.parse(one.state)) : undefined;
      classes.push({ ...one, ...(booted ? { booted } : {}) });
    }
    const sampled: SampledBoot[] = [];
    const second: SecondOrder[] = [];
    if (context) {
      const choose = (count: number, of: readonly [number, number]) =>
        sampledStates(disk.log, of, enumeration, { count, seed: options.seed });
      for (const state of choose(options.sample, subject.range))
        if (!stop.aborted) sampled.push(await bootSampled(context, state));
      const how = { ...explorer, options: { bound, seed: options.seed, checkShare } };
      for (const state of choose(options.second, dense))
        if (!stop.aborted) second.push(await secondOrder(context, state, how));
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
    if (sampled.length > 0) record.note('sampled-boots', { boots: sampled });
    for (const one of second) record.note('second-order', { ...one });
    process.stdout.write(explorationText(exploration, classes, bound, wallMs) + samplesText(sampled, second));
    return record.end(verdictOf({ exploration, classes, finished, sampled, second }));
  } finally {
    disk.close();
  }
}

async function oneState(id: string, subject: ExploreSubject, { boots, record }: Surroundings): Promise<number> {
  const disk = RecordedDisk.open(subject);
  try {
    const ids = new StateIds(disk.log, digestOf(disk.base));
    const state: CrashState = ids.parse(id);
    const judged = judgeInFull(disk, subject, state);
    const booted = boots ? await bootRebuilt({ disk, ids, subject, ...boots }, state) : undefined;
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

function imagesOf(update: string): [from: string, to: string] {
  const [, from, to] = /^([\w-]+)\.\.([\w-]+)$/.exec(update) ?? [];
  if (from && to) return [from, to];
  throw new UsageError(`Not an update: ${update}`, { code: 'no-such-update', hint: 'two images, as in v1..v2' });
}
