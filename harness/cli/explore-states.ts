import { join } from 'node:path';
import { cacheDirectory } from '../../images/builder/cache-key.ts';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { AbortError } from '../errors/harness-error.ts';
import { digestOf } from '../explore/base-digest.ts';
import { StateIds, type CrashState } from '../explore/crash-state.ts';
import { exploreAll } from '../explore/explore-all.ts';
import { judgeInFull } from '../explore/full-judgement.ts';
import { sampledStates } from '../explore/sampled-states.ts';
import { classOf } from '../explore/state-judge.ts';
import { enumerationOf, type ExploreSubject } from '../explore/subject.ts';
import { bootWords } from '../session/state-boot.ts';
import { flushesOf } from '../update/phases/block-log.ts';
import { ExploreProgress } from './explore-progress.ts';
import type { ExploreRecord } from './explore-record.ts';
import { explorationNote, explorationText, reportedClasses, type ReportedClass } from './explore-report.ts';
import type { ExploreSettings } from './explore-run.ts';
import { sampledBoot, type Booting, type SampledBoot, type SecondOrder } from './explore-samples.ts';
import { samplesText } from './explore-samples-text.ts';
import { verdictOf } from './explore-verdict.ts';

/** Share of the pruned states that are judged in full all the same. */
const checkShare = 0.02;

/** What the exploration of a subject has around it. */
export interface Surroundings {
  readonly options: ExploreSettings;
  readonly record: ExploreRecord;
  /** Absent: nothing is booted. */
  readonly booting?: Booting;
}

/** All states within the bound. @returns the exit code. */
export async function allStates(
  subject: ExploreSubject,
  dense: readonly [from: number, to: number],
  { options, booting, record, stop }: Surroundings & { readonly stop: AbortSignal },
): Promise<number> {
  const disk = RecordedDisk.open(subject);
  try {
    const base = digestOf(disk.base);
    const ids = new StateIds(disk.log, base);
    const { bound, workers, budget, fresh } = options;
    const enumeration = enumerationOf(subject, bound, dense);
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
    const states = { disk, ids, subject };
    const classes: ReportedClass[] = [];
    for (const one of reportedClasses(disk, ids, exploration)) {
      const booted = booting && (await unlessStopped(stop, () => booting.boot(states, ids.parse(one.state))));
      classes.push({ ...one, ...(booted ? { booted } : {}) });
    }
    const sampled: SampledBoot[] = [];
    const second: SecondOrder[] = [];
    if (booting) {
      const choose = (count: number, of: readonly [number, number]) =>
        sampledStates(disk.log, of, enumeration, { count, seed: options.seed });
      for (const state of choose(options.sample, subject.range))
        push(sampled, await unlessStopped(stop, () => sampledBoot(states, state, booting)));
      const how = { ...explorer, options: { bound, seed: options.seed, checkShare } };
      for (const state of choose(options.second, dense))
        push(second, await unlessStopped(stop, async () => booting.secondOrder?.(states, state, how)));
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
    return record.end(verdictOf({ exploration, classes, finished: finished && !stop.aborted, sampled, second }));
  } finally {
    disk.close();
  }
}

/** Undefined once somebody has stopped the exploration: what it has found until then is told all the same. */
async function unlessStopped<T>(stop: AbortSignal, body: () => Promise<T>): Promise<T | undefined> {
  if (stop.aborted) return undefined;
  try {
    return await body();
  } catch (error) {
    if (stop.aborted && error instanceof AbortError) return undefined;
    throw error;
  }
}

function push<T>(all: T[], one: T | undefined): void {
  if (one !== undefined) all.push(one);
}

/** One state, judged in full. @returns the exit code. */
export async function oneState(
  id: string,
  subject: ExploreSubject,
  { booting, record }: Surroundings,
): Promise<number> {
  const disk = RecordedDisk.open(subject);
  try {
    const ids = new StateIds(disk.log, digestOf(disk.base));
    const state: CrashState = ids.parse(id);
    const judged = judgeInFull(disk, subject, state);
    const booted = await booting?.boot({ disk, ids, subject }, state);
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
    if (booted) lines.push(`  booted: ${bootWords(booted)}; last line: ${booted.lastLine}`);
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
