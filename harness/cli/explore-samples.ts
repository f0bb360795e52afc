import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { RecordedDisk } from '../blocklog/disk-state.ts';
import { digestOf } from '../explore/base-digest.ts';
import { StateIds, type CrashState } from '../explore/crash-state.ts';
import { exploreAll, type ExploreAllOptions } from '../explore/explore-all.ts';
import { judgeInFull } from '../explore/full-judgement.ts';
import { RebuiltState } from '../explore/rebuilt-state.ts';
import type { Boots } from '../explore/state-judge.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import type { DeviceSession } from '../session/device-session.ts';
import type { StoredRecording } from '../session/recording-store.ts';
import { recordRecovery, updateAgain } from '../session/second-order.ts';
import { bootState, type StateBoot } from '../session/state-boot.ts';
import type { ExploreBench } from './explore-bench.ts';
import { ExploreProgress } from './explore-progress.ts';

/** A crash state beyond the representatives of the classes, chosen at random, and what its boot ended in. */
export interface SampledBoot {
  readonly state: string;
  readonly predicted: Boots;
  readonly booted: StateBoot;
}

/** What came of a second cut, during the recovery from a first one, and of the same update begun again after the first. */
export interface SecondOrder extends SampledBoot {
  /** Crash states of the recovery within the bound. */
  readonly enumerated: number;
  readonly unique: number;
  readonly finished: boolean;
  readonly failing: readonly { readonly name: string; readonly states: number; readonly state: string }[];
  /** Absent: the first boot ended in nothing, and that is a finding of its own. */
  readonly again?: { readonly running: string; readonly codes: readonly string[] };
}

/** What is explored, opened. */
interface States {
  readonly disk: RecordedDisk;
  readonly ids: StateIds;
  readonly subject: ExploreSubject;
}

/** What rebuilt states are booted on. */
export interface Booting {
  /** What a boot of this state ends in. @throws BenchError `bench-not-proven`. */
  boot(states: States, state: CrashState): Promise<StateBoot>;
  /** Cuts during the recovery from `state`, judges every crash state of that, and runs the update again from `state`. Absent: cannot be done. */
  secondOrder?(
    states: States,
    state: CrashState,
    how: Omit<ExploreAllOptions, 'base' | 'options' | 'fresh' | 'onProgress'> & {
      readonly options: Omit<ExploreAllOptions['options'], 'dense' | 'excluded'>;
    },
  ): Promise<SecondOrder>;
}

interface SampleContext extends States {
  readonly bench: ExploreBench;
  readonly stored: StoredRecording;
}

/** The way of a case: on a bench that logs in. */
export function sessionBooting(bench: ExploreBench, stored: StoredRecording): Required<Booting> {
  return {
    boot: (states, state) => bootRebuilt({ ...states, bench, stored }, state),
    secondOrder: (states, state, how) => secondOrder({ ...states, bench, stored }, state, how),
  };
}

function bootRebuilt(context: SampleContext, state: CrashState): Promise<StateBoot> {
  const { ids, stored, subject } = context;
  return rebuilt(context, state, (session, path) =>
    session.steps.run(
      `boot ${ids.id(state)}`,
      () => bootState(session, stored, subject, path),
      ({ boots, lastLine }) => ({ boots, lastLine }),
    ),
  );
}

export async function sampledBoot(states: States, state: CrashState, booting: Booting): Promise<SampledBoot> {
  const predicted = judgeInFull(states.disk, states.subject, state).boots;
  return { state: states.ids.id(state), predicted, booted: await booting.boot(states, state) };
}

function secondOrder(
  context: SampleContext,
  state: CrashState,
  how: Parameters<Required<Booting>['secondOrder']>[2],
): Promise<SecondOrder> {
  const { ids, stored, subject } = context;
  const predicted = judgeInFull(context.disk, subject, state).boots;
  return rebuilt(context, state, async (session, path) => {
    const { boot, recovery } = await recordRecovery(session, stored, subject, { disk: path, entries: state.entries });
    const first = { state: ids.id(state), predicted, booted: boot };
    if (!recovery) return { ...first, enumerated: 0, unique: 0, finished: true, failing: [] };
    const disk = RecordedDisk.open(recovery);
    try {
      const base = digestOf(disk.base);
      const again = new StateIds(disk.log, base);
      // flush by flush: a boot writes as much as an update, and mostly what no oracle asks for
      const options = { ...how.options, dense: [0, 0] as const };
      // a recovery is never the same twice: nothing that is kept can be of this one
      const { exploration, finished } = await ExploreProgress.during((onProgress) =>
        exploreAll(recovery, { ...how, onProgress, options, base, fresh: true }),
      );
      const { running, findings } = await updateAgain(session, stored, subject, path);
      return {
        ...first,
        enumerated: exploration.enumerated,
        unique: exploration.unique,
        finished,
        failing: exploration.classes
          .filter(({ sound }) => !sound)
          .map(({ name, states, smallest }) => ({ name, states, state: again.id(smallest) })),
        again: { running, codes: [...new Set(findings.filter(isViolation).map(({ code }) => code))] },
      };
    } finally {
      disk.close();
    }
  });
}

const isViolation = ({ severity }: { readonly severity: string }): boolean => severity === 'violation';

function rebuilt<T>(
  { bench, disk, ids }: SampleContext,
  state: CrashState,
  body: (session: DeviceSession, path: string) => Promise<T>,
): Promise<T> {
  return bench.with(async (session) => {
    const path = join(session.environment.scratch, 'state.raw');
    try {
      await session.steps.run(`rebuild ${ids.id(state)}`, () => new RebuiltState(disk, state).materialise(path));
      return await body(session, path);
    } finally {
      await rm(path, { force: true });
    }
  });
}
