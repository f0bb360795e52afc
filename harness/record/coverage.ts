import type { Ledger } from './ledger.ts';
import { noteOf } from './note.ts';

/** One fault at one phase: what was asked for, and what came of it. Negatives are left out: they judge the harness. */
export interface CoverageRow {
  readonly fault: string;
  readonly phase: string;
  /** Loss models under which it took effect. */
  readonly lossModels: readonly string[];
  /** Transitions whose fault was shown to have hit this phase, whatever phase was asked for. */
  readonly reached: number;
  /** Asked for, and shown to have hit another phase. */
  readonly elsewhere: number;
  /** Asked for, and not shown to have taken effect. */
  readonly notReached: number;
}

/** Stands beside every "0 failures": which faults hit which phases, and what was asked for in vain. */
export interface Coverage {
  readonly rows: readonly CoverageRow[];
  /** Transitions without a fault. */
  readonly undisturbed: number;
  readonly notApplicable: number;
  /** Cases that were planned and say nothing: not run, aborted, broken. */
  readonly silent: number;
}

interface Row {
  lossModels: Set<string>;
  reached: number;
  elsewhere: number;
  notReached: number;
}

export function coverageOf({ cases }: Pick<Ledger, 'cases'>): Coverage {
  const rows = new Map<string, Row>();
  const rowOf = (fault: string, phase: string): Row => {
    const key = JSON.stringify([fault, phase]);
    const row = rows.get(key) ?? { lossModels: new Set(), reached: 0, elsewhere: 0, notReached: 0 };
    rows.set(key, row);
    return row;
  };
  const positives = cases.filter(({ kind }) => kind === 'positive');
  let undisturbed = 0;
  for (const note of positives.flatMap(({ notes }) => notes)) {
    const transition = noteOf('transition', note);
    if (!transition) continue;
    const { fault } = transition;
    if (!fault) {
      undisturbed += 1;
      continue;
    }
    const { kind, phaseAsked, phaseHit, lossModel } = fault;
    if (phaseHit === undefined) rowOf(kind, phaseAsked).notReached += 1;
    else {
      if (phaseHit !== phaseAsked) rowOf(kind, phaseAsked).elsewhere += 1;
      const row = rowOf(kind, phaseHit);
      row.reached += 1;
      if (lossModel !== undefined) row.lossModels.add(lossModel);
    }
  }
  const verdicts = positives.map(({ verdict }) => verdict.verdict);
  return {
    rows: [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { lossModels, ...counts }]) => {
        const [fault = '', phase = ''] = JSON.parse(key) as string[];
        return { fault, phase, lossModels: [...lossModels].sort(), ...counts };
      }),
    undisturbed,
    notApplicable: verdicts.filter((kind) => kind === 'not-applicable').length,
    silent: verdicts.filter((kind) => kind === 'not-run' || kind === 'aborted' || kind === 'broken').length,
  };
}
