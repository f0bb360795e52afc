import type { MutantResult, Qualification } from '../record/qualification.ts';
import { qualificationVersion } from '../record/qualification.ts';
import { claims, knownAnomalies } from './claims.ts';
import { runDeviceMutants, runOracleMutants } from './judge-mutants.ts';
import { runRecoveryMutants } from './recovery-mutants.ts';

/** Oracles as numbered in docs/design.md. */
const oracleNumbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const wantedMutants = 2;

/** The whole kit: what is claimed, what is known to be weak, and what became of every mutant. `others`: adapters and images. */
export function qualify(
  facts: Pick<Qualification, 'tool' | 'configuration'>,
  others: readonly MutantResult[],
): Qualification {
  const mutants = [...runDeviceMutants(), ...runRecoveryMutants(), ...runOracleMutants(), ...others];
  const gaps = oracleNumbers.flatMap((oracle) => {
    const run = mutants.filter(({ kind, caughtBy }) => kind === 'device' && caughtBy === `oracle ${oracle}`).length;
    return run >= wantedMutants ? [] : [`oracle ${oracle}: ${run} device mutants, ${wantedMutants} wanted`];
  });
  return {
    version: qualificationVersion,
    ...facts,
    claims: [...claims],
    knownAnomalies: [...knownAnomalies],
    gaps,
    mutants,
  };
}

/** 1: a mutant lives, or died of something else. 3: one was asked for and not run. */
export function exitCodeOfQualification({ mutants }: Qualification, imagesAsked: boolean): number {
  const outcomes = mutants.map(({ outcome }) => outcome);
  if (outcomes.includes('survived') || outcomes.includes('wrong-reason')) return 1;
  return imagesAsked && outcomes.includes('not-run') ? 3 : 0;
}
