import type { CaseLedger, Ledger } from '../record/ledger.ts';
import { codeSets, type NegativeCodes } from '../record/negative-codes.ts';
import type { MutantResult } from '../record/qualification.ts';
import { outcomeOf } from './outcome.ts';

/** A scenario that is broken on purpose, as the catalog has it. */
export interface Negative extends NegativeCodes {
  readonly id: string;
  readonly title: string;
}

/** Images and adapters that were really booted: read from the record of a run, since a boot takes a minute and belongs into a run. */
export function imageMutants(negatives: readonly Negative[], ledger: Ledger | undefined): MutantResult[] {
  return negatives.map(({ id, title, ...negative }) => {
    const sets = codeSets(negative);
    const base = {
      id: `image/${id}`,
      kind: 'image',
      what: title,
      caughtBy: 'a run',
      expected: sets[0]!,
    } as const;
    const one = ledger?.cases.find(({ planned }) => planned.case === id);
    if (!one) {
      const reason = ledger ? 'not in this run' : 'no run given: `bootproof qualify --run RUN`';
      return { ...base, found: [], outcome: 'not-run', reason };
    }
    const { verdict, reason } = one.verdict;
    if (verdict === 'not-applicable') return { ...base, found: [], outcome: verdict, reason };
    // anything else than these two says nothing about the harness: no boot, an abort
    const judged = verdict === 'passed' || /^negative-(survived|wrong-reason)$/.test(one.verdict.code ?? '');
    if (!judged) return { ...base, found: [], outcome: 'not-run', reason: `${verdict}: ${reason}` };
    const found = foundIn(one);
    const expected = sets.find((set) => set.join() === found.join()) ?? base.expected;
    return { ...base, expected, found, outcome: outcomeOf(expected, found), reason };
  });
}

/** What ended a case counts where nothing was found on the device. */
function foundIn({ verdict: { findingCodes, outcome, verdict, reason } }: CaseLedger): string[] {
  if (findingCodes.length > 0) return [...findingCodes].sort();
  if (outcome?.error) return [outcome.error.code];
  // of a record that does not keep what ended a case
  const [, caught = ''] = /^caught: (.*)$/.exec(verdict === 'passed' ? reason : '') ?? [];
  return caught === '' ? [] : caught.split(', ');
}
