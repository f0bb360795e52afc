import { sectorBytes } from '../blocklog/log-format.ts';
import type { LogWrites } from '../blocklog/log-writes.ts';
import type { CrashState } from './crash-state.ts';
import { writes, type Epoch } from './epoch.ts';

/**
 * Ways in which a cut can fall between two flushes. `flush`: all of the epoch is lost. `prefix`: writes landed in order. `flight`: a write landed
 * ahead of a run of those before it. `drop1`, `drop2`: one or two were lost. `torn4k`, `torn512`: the last one landed in part, its beginning or its end,
 * cut at such a boundary.
 */
export const stateKinds = ['flush', 'prefix', 'flight', 'drop1', 'drop2', 'torn4k', 'torn512'] as const;
export type StateKind = (typeof stateKinds)[number];

/** What `--bound` names, each with all that come before it. */
export const bounds = {
  flush: ['flush'],
  prefix: ['flush', 'prefix'],
  drop1: ['flush', 'prefix', 'flight', 'drop1'],
  torn: ['flush', 'prefix', 'flight', 'drop1', 'torn4k'],
  drop2: ['flush', 'prefix', 'flight', 'drop1', 'torn4k', 'drop2'],
  torn512: ['flush', 'prefix', 'flight', 'drop1', 'torn4k', 'drop2', 'torn512'],
} as const satisfies Record<string, readonly StateKind[]>;
export type Bound = keyof typeof bounds;

export interface Enumeration {
  readonly bound: Bound;
  /** Cut positions [from, to) where writes are dropped at every position, and torn at each page; elsewhere at the end of an epoch, and at first and last page. */
  readonly dense: readonly [from: number, to: number];
  /** Writes that are the harness's own: they stay where they are. */
  readonly excluded?: readonly [sector: number, sectors: number];
}

export interface EnumeratedState extends CrashState {
  readonly kind: StateKind;
}

/** Tears at 512 bytes in a longer write than this only within its first and its last page; outside the dense window all tears. */
const wholeTearSectors = 64;

/** All crash states of one epoch within the bound, each once, those of early cuts first. */
export function* statesOf(log: LogWrites, epoch: Epoch, enumeration: Enumeration): Generator<EnumeratedState> {
  const { dense, bound } = enumeration;
  const kinds = new Set<StateKind>(bounds[bound]);
  const volatile = volatileOf(log, epoch, enumeration);
  const carried = volatile[0] === epoch.start ? [epoch.start] : [];
  yield { kind: 'flush', entries: epoch.start + (log.length > epoch.start ? 1 : 0), dropped: carried };
  for (let n = 0; n < volatile.length; n++) {
    const last = volatile[n]!;
    const entries = last + 1;
    const isDense = dense[0] <= entries && entries < dense[1];
    const isEnd = n === volatile.length - 1;
    if (kinds.has('prefix')) yield { kind: 'prefix', entries, dropped: [] };
    if (kinds.has('drop1') && (isDense || isEnd)) yield* drops(log, volatile, n, entries, kinds.has('drop2') && isEnd);
    if (kinds.has('flight')) yield* flights(log, volatile, n, entries, isDense);
    yield* tears(log, last, kinds, isDense);
  }
}

/** The epoch's own writes, up to the one after which nothing is in flight. */
function volatileOf(log: LogWrites, { start, end }: Epoch, { excluded }: Enumeration): number[] {
  const found: number[] = [];
  for (let i = start; i < end; i++) {
    const { sector, sectors } = log.entry(i);
    if (!writes(log, i)) continue;
    if (excluded && sector < excluded[0] + excluded[1] && sector + sectors > excluded[0]) continue;
    found.push(i);
  }
  return found;
}

function* drops(
  log: LogWrites,
  volatile: readonly number[],
  n: number,
  entries: number,
  pairs: boolean,
): Generator<EnumeratedState> {
  const before = volatile.slice(0, n).filter((entry) => !log.has(entry, 'fua'));
  for (let i = 0; i < before.length; i++) {
    yield { kind: 'drop1', entries, dropped: [before[i]!] };
    if (!pairs) continue;
    for (let j = i + 1; j < before.length; j++) {
      // Two neighbours right before the last one are a flight.
      if (j === before.length - 1 && i === j - 1 && before[j] === volatile[n - 1]) continue;
      yield { kind: 'drop2', entries, dropped: [before[i]!, before[j]!] };
    }
  }
}

/** Runs of at least two that end right before the last write; in a sparse stretch the whole epoch alone. */
function* flights(
  log: LogWrites,
  volatile: readonly number[],
  n: number,
  entries: number,
  isDense: boolean,
): Generator<EnumeratedState> {
  for (let from = n - 1; from >= 0; from--) {
    // A FUA write is waited for: nothing overtakes it.
    if (log.has(volatile[from]!, 'fua')) return;
    if (from > n - 2 || (!isDense && from > 0)) continue;
    yield { kind: 'flight', entries, dropped: volatile.slice(from, n) };
  }
}

function* tears(
  log: LogWrites,
  entry: number,
  kinds: ReadonlySet<StateKind>,
  isDense: boolean,
): Generator<EnumeratedState> {
  const { sector, dataLength } = log.entry(entry);
  const sectors = dataLength / sectorBytes;
  for (let cut = 1; cut < sectors; cut++) {
    const isPage = (sector + cut) % 8 === 0;
    const kind = isPage ? 'torn4k' : 'torn512';
    if (!kinds.has(kind)) continue;
    const isEdge = cut <= 8 || cut >= sectors - 8;
    if (!isEdge && (!isDense || (!isPage && sectors > wholeTearSectors))) continue;
    yield { kind, entries: entry + 1, dropped: [], torn: [0, cut] };
    yield { kind, entries: entry + 1, dropped: [], torn: [cut, sectors] };
  }
}
