import { RecordedDisk } from '../blocklog/disk-state.ts';
import { statesOf } from './enumeration.ts';
import { epochsOf, type Epoch } from './epoch.ts';
import type { ExplorerOptions } from './epoch-explorer.ts';
import type { EpochResult } from './epoch-result.ts';
import { explorationOf, type Exploration } from './exploration.ts';
import { ExploredStore } from './explored-store.ts';
import { exploreEpochs } from './explorer-pool.ts';
import type { ExploreSubject } from './subject.ts';

export interface ExplorationState {
  readonly done: number;
  readonly all: number;
  /** Of them, taken from an earlier exploration that was ended. */
  readonly resumed: number;
  readonly classes: number;
  readonly failing: number;
  readonly wallMs: number;
}

export interface ExploreAllOptions {
  readonly options: ExplorerOptions;
  /** Digest of the base disk. */
  readonly base: string;
  /** Where results are kept, so that the same exploration goes on. */
  readonly directory: string;
  readonly fresh: boolean;
  readonly workers: number;
  readonly budgetMs: number;
  readonly stop: AbortSignal;
  readonly onProgress: (state: ExplorationState) => void;
}

/** Explores a whole recording, its dense window first, so that a budget that ends too early leaves out what matters least. */
export async function exploreAll(
  subject: ExploreSubject,
  { options, base, directory, fresh, workers, budgetMs, stop, onProgress }: ExploreAllOptions,
): Promise<{ exploration: Exploration; finished: boolean; wallMs: number; peakRssBytes: number }> {
  const began = performance.now();
  const store = new ExploredStore(directory, base, subject, options);
  const known = fresh ? [] : store.read();
  const { epochs, states } = epochsIn(subject, options);
  const results: EpochResult[] = [...known];
  const seen = new Set(known.map(({ epoch }) => epoch.start));
  const countOf = ({ kinds }: EpochResult): number =>
    Object.values(kinds).reduce((all, { enumerated }) => all + enumerated, 0);
  const resumed = known.reduce((all, result) => all + countOf(result), 0);
  let done = resumed;
  let peakRssBytes = process.memoryUsage.rss();
  const show = (): void => {
    const { classes } = explorationOf(subject, results);
    const failing = classes.filter(({ sound }) => !sound).reduce((all, one) => all + one.states, 0);
    onProgress({ done, all: states, resumed, classes: classes.length, failing, wallMs: performance.now() - began });
  };
  show();
  const left = epochs.filter(({ start }) => !seen.has(start));
  const isDense = ({ start, end }: Epoch): boolean => end >= options.dense[0] && start < options.dense[1];
  const budget = new AbortController();
  const timer = setTimeout(() => budget.abort(), Math.min(budgetMs, 2 ** 31 - 1));
  try {
    for (const part of [left.filter(isDense), left.filter((epoch) => !isDense(epoch))])
      await exploreEpochs(subject, options, part, {
        workers,
        stop: AbortSignal.any([stop, budget.signal]),
        onResult: (result, rssBytes) => {
          store.add(result);
          results.push(result);
          done += countOf(result);
          peakRssBytes = Math.max(peakRssBytes, rssBytes);
          show();
        },
      });
  } finally {
    clearTimeout(timer);
  }
  const exploration = explorationOf(subject, results);
  const finished = results.length === epochs.length;
  return { exploration, finished, wallMs: performance.now() - began, peakRssBytes };
}

/** Epochs with states in the explored range, and how many states these have. */
function epochsIn(subject: ExploreSubject, options: ExplorerOptions): { epochs: Epoch[]; states: number } {
  const disk = RecordedDisk.open(subject);
  try {
    const [from, to] = subject.range;
    let states = 0;
    const epochs = [...epochsOf(disk.log)].filter(({ start, end }) => end >= from && start < to);
    for (const epoch of epochs)
      for (const { entries } of statesOf(disk.log, epoch, options)) if (entries >= from && entries <= to) states++;
    return { epochs, states };
  } finally {
    disk.close();
  }
}
