import type { Blame } from '../errors/harness-error.ts';
import type { Finding } from '../judge/finding.ts';
import type { PlannedCase, VerdictKind } from '../record/event.ts';
import { codeSets, codeSetsText } from '../record/negative-codes.ts';
import type { CaseError } from './case-error.ts';
import { coveredBy, isExpired, type KnownIssue } from './known-issue.ts';

/** What a case left behind. `error`: what ended its body early. */
export interface CaseOutcome {
  readonly findings: readonly Finding[];
  readonly error?: CaseError | undefined;
}

export interface Verdict {
  readonly verdict: VerdictKind;
  /** Reason first; empty for a plain pass. */
  readonly reason: string;
  readonly blame?: Blame;
  readonly code?: string;
  readonly findingCodes: string[];
  readonly knownIssue?: { readonly tracker: string; readonly expires: string };
}

/** Thrown with this code, in any error class: the fault hit another phase than asked, so the phase asked for was not tested. */
const phaseNotReached = 'phase-not-reached';

/** The verdict of a planned case; `today` is YYYY-MM-DD (UTC). Pure: the same record gives the same verdicts. */
export function verdictOf(
  planned: Pick<PlannedCase, 'case' | 'negative'>,
  outcome: CaseOutcome,
  knownIssues: readonly KnownIssue[],
  today: string,
): Verdict {
  const plain = plainVerdict(outcome);
  if (planned.negative) return negativeVerdict(planned.negative, plain, evidenceOf(outcome));
  return withKnownIssues(planned.case, plain, evidenceOf(outcome), knownIssues, today);
}

/** The verdict before negatives and known issues are looked at. */
export function plainVerdict(outcome: CaseOutcome): Verdict {
  const { error } = outcome;
  const findingCodes = violationsOf(outcome);
  const as = (verdict: VerdictKind, blame: Blame, reason = error?.message ?? ''): Verdict => ({
    verdict,
    reason,
    blame,
    ...(error ? { code: error.code } : {}),
    findingCodes,
  });
  if (error?.kind === 'abort') return as('aborted', 'human');
  // Seen on the device and proven: no later trouble of the bench or of the harness takes it back.
  if (findingCodes.length > 0)
    return { ...as('failed', 'product', violationReason(outcome)), code: findingCodes[0] ?? '' };
  if (!error) return { verdict: 'passed', reason: '', findingCodes };
  if (error.code === phaseNotReached) return as('not-run', error.blame, `phase not reached: ${error.message}`);
  if (error.kind === 'product' || error.kind === 'assertion') return as('failed', 'product');
  if (error.kind === 'capability') return as('not-applicable', error.blame);
  return silenceVerdict(error, as) ?? as('broken', error.blame);
}

/**
 * Silence is the product's when it began after the update had begun, if the bench is proven good without the device's help; the step that
 * waited says both in its error's details: `phase: 'before-update' | 'during-update' | 'after-update' | 'after-cut'`, `benchProven: boolean`.
 */
function silenceVerdict(
  error: CaseError,
  as: (verdict: VerdictKind, blame: Blame, reason?: string) => Verdict,
): Verdict | undefined {
  const { phase, benchProven } = error.details;
  if (phase !== 'during-update' && phase !== 'after-update' && phase !== 'after-cut') return undefined;
  if (benchProven === true && (error.kind === 'deadline' || error.kind === 'bench')) return as('failed', 'product');
  // Without a known-good medium nobody can tell: failed all the same, since a bricked device must never be filed as a bench fault.
  if (error.kind === 'deadline')
    return as('failed', 'product', `unconfirmed, the bench was not proven good: ${error.message}`);
  return undefined;
}

function negativeVerdict(negative: NonNullable<PlannedCase['negative']>, plain: Verdict, found: string[]): Verdict {
  const sets = codeSets(negative);
  const expected = codeSetsText(sets);
  const { findingCodes } = plain;
  const not = (code: string, reason: string): Verdict => ({
    verdict: 'failed',
    reason,
    blame: 'harness',
    code,
    findingCodes,
  });
  if (plain.verdict === 'passed') return not('negative-survived', `survived: expected ${expected}, found nothing`);
  // Not judged: the harness had no chance to catch it.
  if (['aborted', 'not-run', 'not-applicable'].includes(plain.verdict)) return plain;
  if (plain.verdict === 'broken' && negative.verdict !== 'broken') return plain;
  if (plain.verdict === negative.verdict && sets.some((set) => set.join() === found.join()))
    return { verdict: 'passed', reason: `caught: ${found.join(', ')}`, findingCodes };
  const said = `expected ${negative.verdict} ${expected}, found ${plain.verdict} ${found.join(', ')}`;
  return not('negative-wrong-reason', `caught for the wrong reason: ${said}`);
}

function withKnownIssues(
  id: string,
  plain: Verdict,
  found: string[],
  knownIssues: readonly KnownIssue[],
  today: string,
): Verdict {
  const { covering, filed } = coveredBy(id, found, knownIssues);
  if (plain.verdict === 'passed' && filed[0]) {
    const { id: issue, tracker, expires } = filed[0];
    const reason = `known issue ${issue} did not show: take it off the list, or say why it comes and goes (${tracker})`;
    const knownIssue = { tracker, expires };
    return { ...plain, verdict: 'failed', reason, blame: 'user', code: 'known-issue-passed', knownIssue };
  }
  const [first] = covering;
  if (plain.verdict !== 'failed' || !first) return plain;
  const expired = covering.find((issue) => isExpired(issue, today));
  const { id: issue, tracker, expires } = expired ?? first;
  const knownIssue = { tracker, expires };
  if (expired) return { ...plain, reason: `known issue ${issue} expired on ${expires}: ${plain.reason}`, knownIssue };
  return { ...plain, verdict: 'known-issue', reason: `${issue} (${tracker}): ${plain.reason}`, knownIssue };
}

/** The codes that a negative or a known issue is compared with: of the violations, or of what ended the case when there are none. */
function evidenceOf(outcome: CaseOutcome): string[] {
  const codes = violationsOf(outcome);
  return codes.length > 0 || !outcome.error ? codes : [outcome.error.code];
}

function violationsOf({ findings }: CaseOutcome): string[] {
  const codes = findings.filter(({ severity }) => severity === 'violation').map(({ code }) => code);
  return [...new Set(codes)].sort();
}

function violationReason({ findings, error }: CaseOutcome): string {
  const violations = findings.filter(({ severity }) => severity === 'violation');
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  return `${violations[0]?.message ?? ''}${more}${error ? `; ended by: ${error.message}` : ''}`;
}
