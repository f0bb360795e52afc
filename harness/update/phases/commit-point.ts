import { entriesTouching, type BlockLog, type SectorRange } from './block-log.ts';
import type { PhaseWindow } from './timeline.ts';
import type { CommitPosition } from '../../judge/transition.ts';

const views = ['firmware', 'kernel'] as const;
export type DiskView = (typeof views)[number];

export interface CommitSearch {
  /** Indexes of the entries that can change a choice (entriesTouching), ascending. The state before the first is the old one. */
  readonly candidates: readonly number[];
  /** What would be booted from the disk as it is after entries [0..index]; index -1 is the base disk. undefined: nothing. */
  readonly choiceAt: (view: DiskView, index: number) => string | undefined;
  /** Indexes of the flushes (flushesOf), ascending. */
  readonly flushes: readonly number[];
  /** The choice that the update makes. Default: the kernel view's after the last candidate. */
  readonly expected?: string;
  /** How many states of each view are looked at before changes between them are searched by bisection. Default 64. */
  readonly samples?: number;
}

export interface ChoiceChange {
  readonly view: DiskView;
  /** The entry that makes the change: not there before it, there after it. */
  readonly index: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Where the update became the choice. Positions as log indexes. */
export interface CommitPoint {
  readonly choice: string;
  /** The first entry after which either view picks the new one. */
  readonly issued: number;
  /** The first flush after which both views pick the new one, then and in every later state; undefined: none in this log. */
  readonly flushed: number | undefined;
}

export interface CommitSearchResult {
  /** undefined: no choice changed to the expected one. */
  readonly commit: CommitPoint | undefined;
  /** In log order. */
  readonly changes: readonly ChoiceChange[];
  /** True: in each view the choice changed at most once, straight to the new one. */
  readonly monotone: boolean;
  /** True: every candidate was looked at. False: a change and its reversal between two samples would not be seen. */
  readonly exhaustive: boolean;
  readonly statesRead: number;
}

/** Finds the commit of an update in a block log, in the order in which the log was written. */
export function findCommit({
  candidates,
  choiceAt,
  flushes,
  expected,
  samples = 64,
}: CommitSearch): CommitSearchResult {
  const points = candidates.length === 0 ? [] : [candidates[0]! - 1, ...candidates];
  let statesRead = 0;
  const changes: ChoiceChange[] = [];
  const finals = new Map<DiskView, string | undefined>();
  for (const view of views) {
    const seen = new Map<number, string | undefined>();
    const choice = (at: number): string | undefined => {
      if (!seen.has(at)) {
        statesRead++;
        seen.set(at, choiceAt(view, points[at]!));
      }
      return seen.get(at);
    };
    changes.push(
      ...changesBetween(points.length, samples, choice).map((change) => ({
        view,
        ...change,
        index: points[change.index]!,
      })),
    );
    if (points.length > 0) finals.set(view, choice(points.length - 1));
  }
  changes.sort((a, b) => a.index - b.index);
  const target = expected ?? finals.get('kernel');
  const commit = target === undefined ? undefined : commitOf(target, changes, finals, flushes);
  const monotone = views.every((view) => {
    const own = changes.filter((change) => change.view === view);
    return own.length === 0 || (own.length === 1 && own[0]!.to === target);
  });
  return { commit, changes, monotone, exhaustive: samples >= points.length, statesRead };
}

/** Changes of `choice` over [0, count), by position: samples first, then bisection wherever two neighbours differ. */
function changesBetween(
  count: number,
  samples: number,
  choice: (at: number) => string | undefined,
): Omit<ChoiceChange, 'view'>[] {
  const found: Omit<ChoiceChange, 'view'>[] = [];
  const locate = (low: number, high: number): void => {
    const [from, to] = [choice(low), choice(high)];
    if (from === to) return;
    if (high - low === 1) {
      found.push({ index: high, from, to });
      return;
    }
    const middle = (low + high) >>> 1;
    locate(low, middle);
    locate(middle, high);
  };
  const steps = Math.min(Math.max(samples, 2), count) - 1;
  for (let i = 0; i < steps; i++)
    locate(Math.round((i * (count - 1)) / steps), Math.round(((i + 1) * (count - 1)) / steps));
  return found;
}

function commitOf(
  choice: string,
  changes: readonly ChoiceChange[],
  finals: ReadonlyMap<DiskView, string | undefined>,
  flushes: readonly number[],
): CommitPoint | undefined {
  const towards = changes.filter(({ to }) => to === choice);
  const issued = towards[0]?.index;
  if (issued === undefined) return undefined;
  const settled = views.every((view) => finals.get(view) === choice) ? towards.at(-1)!.index : Infinity;
  return { choice, issued, flushed: flushes.find((index) => index > settled) };
}

/**
 * Where the choice is in the making, as cut positions (see PhaseWindow): from the first write to the boot partition with which the commit is
 * prepared to the flush of the commit, or to `end` where that never came. Before it prepares anything in /boot, ostree makes durable what
 * the new entry leads to, so preparations begin behind the last write to the root partition; what is written to /boot earlier (a kernel, the
 * environment block) belongs to finalize. A swap of the sub-bootlink alone writes nothing to /boot: its window begins with the commit itself.
 */
export function bootSwapWindow(
  log: BlockLog,
  {
    bootPartition,
    rootPartition,
    finalizeFrom,
    commit,
    end,
  }: {
    bootPartition: SectorRange;
    rootPartition: SectorRange;
    finalizeFrom: number;
    commit: CommitPoint;
    end: number;
  },
): PhaseWindow {
  const prepared = (entriesTouching(log, [rootPartition], finalizeFrom, commit.issued).at(-1) ?? finalizeFrom - 1) + 1;
  const [first = commit.issued] = entriesTouching(log, [bootPartition], prepared, commit.issued);
  return { phase: 'boot-swap', from: first, to: commit.flushed === undefined ? end : commit.flushed + 1 };
}

/**
 * Where a cut stands to the commit: `entry` entries were written, and of those in flight then the `landed` ones (log indexes)
 * reached the disk too. No commit in the log: before it.
 */
export function positionOf(
  commit: CommitPoint | undefined,
  { entry, landed = [] }: { readonly entry: number; readonly landed?: readonly number[] },
): Exclude<CommitPosition, 'none'> {
  if (commit === undefined) return 'before-commit';
  if (commit.flushed !== undefined && entry > commit.flushed) return 'commit-flushed';
  // A later write may show the choice without the one that showed it first (a block written twice), so any of them counts.
  const issued = entry > commit.issued || landed.some((index) => index >= commit.issued);
  return issued ? 'commit-issued' : 'before-commit';
}
