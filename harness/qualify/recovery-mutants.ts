import { judgeRecovery, type Recovery } from '../judge/09-recovery.ts';
import type { Finding } from '../judge/finding.ts';
import type { MutantResult } from '../record/qualification.ts';
import { outcomeOf } from './outcome.ts';

const mutants: readonly { readonly what: string; readonly code: string; readonly recovery: Recovery }[] = [
  {
    what: 'the update cannot be completed',
    code: 'update-not-completable',
    recovery: { asked: 'v2', updated: 'v1' },
  },
  {
    what: 'what runs after the update is neither image',
    code: 'update-not-completable',
    recovery: { asked: 'v2', updated: 'neither' },
  },
  {
    what: 'the new system boots again after a rollback',
    code: 'rollback-does-not-boot',
    recovery: { asked: 'v2', updated: 'v2', rollback: { to: 'v1', running: 'v2' } },
  },
];

/** Devices that do not recover, as what ran on them shows it, judged by oracle 9. */
export function runRecoveryMutants(judge: (recovery: Recovery) => Finding[] = judgeRecovery): MutantResult[] {
  return mutants.map(({ what, code, recovery }) => {
    const found = judge(recovery).map((finding) => finding.code);
    const id = `device/oracle-9/${code}/${what.replace(/[^a-z0-9]+/g, '-')}`;
    const outcome = outcomeOf([code], found);
    return { id, kind: 'device', what, caughtBy: 'oracle 9', expected: [code], found, outcome, reason: '' };
  });
}
