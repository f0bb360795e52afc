import type { CaseVerdict, Ledger } from './ledger.ts';

export interface ExitCode {
  readonly code: 0 | 1 | 2 | 3 | 4;
  /** Empty for 0. */
  readonly reason: string;
}

/**
 * The rule of docs/design.md, "Errors": 2 nothing selected; else 4 aborted; else 1 any failed, or a known issue that expired or
 * unexpectedly passed; else 3 any broken or not-run, a record that is not sound, a lacking capability, a case
 * not applicable that the profile wants, or nothing passed; else 0.
 */
export function exitCodeOf(
  ledger: Ledger,
  /** What the bench files expect and the benches do not offer. */
  lacking: readonly { readonly bench: string; readonly capability: string }[] = [],
): ExitCode {
  const { cases, counts, problems, run } = ledger;
  const failed = cases.filter(({ verdict }) => countsAsFailed(verdict));
  const notAllowed = cases.filter(({ planned, verdict }) => planned.mustApply && verdict.verdict === 'not-applicable');
  const [first] = failed;
  const [lack] = lacking;
  if (cases.length === 0) return { code: 2, reason: 'no case was selected' };
  if (counts.aborted > 0) return { code: 4, reason: `${counts.aborted} aborted` };
  if (first) return { code: 1, reason: `${failed.length} failed, the first: ${first.planned.case}` };
  if (counts.broken + counts['not-run'] > 0)
    return { code: 3, reason: `${counts.broken} broken, ${counts['not-run']} not run` };
  if (notAllowed[0])
    return {
      code: 3,
      reason: `not applicable, which profile ${run.profile} does not allow: ${notAllowed[0].planned.case}`,
    };
  if (problems[0] !== undefined) return { code: 3, reason: `the record is not sound: ${problems[0]}` };
  if (lack) return { code: 3, reason: `${lack.bench} lacks ${lack.capability}, which its bench file expects` };
  if (counts.passed + counts['known-issue'] === 0) return { code: 3, reason: 'nothing passed' };
  return { code: 0, reason: '' };
}

/** Failed, or filed under a known issue that no longer holds: expired on the day of the verdict, or not seen any more. */
export function countsAsFailed(verdict: CaseVerdict): boolean {
  if (verdict.verdict === 'failed') return true;
  if (!verdict.knownIssue) return false;
  return verdict.verdict === 'passed' || (verdict.verdict === 'known-issue' && isExpired(verdict));
}

function isExpired({ knownIssue, at }: CaseVerdict): boolean {
  return knownIssue !== undefined && at.slice(0, 10) > knownIssue.expires;
}
