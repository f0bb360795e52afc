import type { Finding } from '../judge/finding.ts';
import type { CrashState } from './crash-state.ts';
import type { EnumeratedState, StateKind } from './enumeration.ts';
import type { Epoch } from './epoch.ts';
import type { Boots } from './state-judge.ts';

/**
 * Why a state was not judged anew. `same-content`: the disk holds the same bytes as a neighbour. `journal`: it differs in blocks of a journal that
 * replay does not use. `known`: every page that either view reads held the same in a state that was judged.
 */
export const pruneArguments = ['same-content', 'journal', 'known'] as const;
export type PruneArgument = (typeof pruneArguments)[number];

/** States of one class. */
export interface ClassCount {
  readonly states: number;
  readonly boots: Boots;
  /** The state with the fewest losses, the earliest of these. */
  readonly smallest: CrashState;
  /** Violations of that state. */
  readonly findings: readonly Finding[];
  /** Cut positions at which such states lie, ascending, with how many at each. */
  readonly at: readonly (readonly [entries: number, states: number])[];
}

export interface KindCount {
  readonly enumerated: number;
  readonly unique: number;
}

/** What the exploration of one epoch gave. Plain data. */
export interface EpochResult {
  readonly epoch: Epoch;
  readonly kinds: Readonly<Partial<Record<StateKind, KindCount>>>;
  readonly pruned: Readonly<Record<PruneArgument, number>>;
  readonly classes: Readonly<Record<string, ClassCount>>;
  /** Pruned states that were judged in full all the same, and those where that gave another class. */
  readonly checked: number;
  readonly disagreements: readonly { readonly state: CrashState; readonly pruned: string; readonly full: string }[];
  /** Time of judging and of the full judgements in the one thread that did both, milliseconds. */
  readonly judgedMs: number;
  readonly checkedMs: number;
}

/** Adds up the states of one epoch. */
export class EpochTally {
  readonly #kinds: Partial<Record<StateKind, { enumerated: number; unique: number }>> = {};
  readonly #pruned = { 'same-content': 0, journal: 0, known: 0 };
  readonly #classes = new Map<string, { count: ClassCount; at: Map<number, number> }>();
  readonly #disagreements: EpochResult['disagreements'][number][] = [];
  #checked = 0;

  add(
    state: EnumeratedState,
    seen: { class: string; boots: Boots; findings: readonly Finding[]; pruned: PruneArgument | undefined },
  ): void {
    const kind = (this.#kinds[state.kind] ??= { enumerated: 0, unique: 0 });
    kind.enumerated++;
    if (seen.pruned) this.#pruned[seen.pruned]++;
    else kind.unique++;
    const { kind: _kind, ...own } = state;
    const known = this.#classes.get(seen.class);
    const smallest = known && !isSmaller(own, known.count.smallest) ? known.count : undefined;
    const at = known?.at ?? new Map<number, number>();
    at.set(state.entries, (at.get(state.entries) ?? 0) + 1);
    this.#classes.set(seen.class, {
      count: {
        states: (known?.count.states ?? 0) + 1,
        boots: seen.boots,
        smallest: smallest?.smallest ?? own,
        findings: smallest?.findings ?? seen.findings,
        at: [],
      },
      at,
    });
  }

  checked(state: CrashState, pruned: string, full: string): void {
    this.#checked++;
    if (pruned !== full) this.#disagreements.push({ state, pruned, full });
  }

  result(epoch: Epoch, { judgedMs, checkedMs }: Pick<EpochResult, 'judgedMs' | 'checkedMs'>): EpochResult {
    const classes = [...this.#classes].map(([name, { count, at }]) => [
      name,
      { ...count, at: [...at].sort(([a], [b]) => a - b) },
    ]);
    return {
      epoch,
      kinds: this.#kinds,
      pruned: this.#pruned,
      classes: Object.fromEntries(classes) as EpochResult['classes'],
      checked: this.#checked,
      disagreements: this.#disagreements,
      judgedMs,
      checkedMs,
    };
  }
}

/** Fewer losses first; a tear counts as one. */
export function isSmaller(a: CrashState, b: CrashState): boolean {
  const losses = ({ dropped, torn }: CrashState): number => dropped.length + (torn ? 1 : 0);
  return losses(a) - losses(b) < 0 || (losses(a) === losses(b) && a.entries < b.entries);
}
