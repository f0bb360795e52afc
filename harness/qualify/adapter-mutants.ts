import type { MutantResult } from '../record/qualification.ts';
import { outcomeOf } from './outcome.ts';

/** An adapter that is broken in one place, and the contract that it has to be held against; what it adapts is the composer's to know. */
export interface AdapterMutant {
  readonly name: string;
  /** The check of the contract that must fail, and what it must say. */
  readonly caughtBy: string;
  readonly reason: RegExp;
  /** Runs the whole contract: the checks that failed. */
  readonly run: () => Promise<readonly { readonly check: string; readonly reason: string }[]>;
}

/** Every lying adapter through the contract. A check that fails for another reason than the lie has not caught it. */
export async function runAdapterMutants(mutants: readonly AdapterMutant[]): Promise<MutantResult[]> {
  return Promise.all(
    mutants.map(async ({ name, caughtBy, reason, run }) => {
      const failed = await run();
      const found = failed.map((one) => one.check);
      const said = failed.map((one) => one.reason).join('; ');
      const outcome = outcomeOf([caughtBy], found);
      const base = { id: `adapter/${name.replace(/[^a-z0-9]+/gi, '-')}`, kind: 'adapter', what: name } as const;
      return {
        ...base,
        caughtBy: 'target contract',
        expected: [caughtBy],
        found,
        outcome: outcome === 'killed' && !reason.test(said) ? 'wrong-reason' : outcome,
        reason: said,
      };
    }),
  );
}
