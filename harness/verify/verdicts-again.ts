import { canonicalJson } from '../record/canonical-json.ts';
import type { CaseLedger, Ledger } from '../record/ledger.ts';
import { codeSets } from '../record/negative-codes.ts';
import { outcomeFrom } from '../run/recorded-outcome.ts';
import { verdictOf, type Verdict } from '../run/verdict.ts';
import { check, type Check } from './check.ts';

/** Gives every verdict again, from plan, findings, what ended the case, and the known issues: all of it in the record. */
export function verdictsAgain({ run, cases }: Ledger): Check {
  const problems: string[] = [];
  const notes: string[] = [];
  let exact = 0;
  // A harness that says it once says it of every case that it began.
  const older = cases.every(({ verdict }) => verdict.outcome === undefined);
  for (const one of cases) {
    if (!one.verdict.recorded) continue;
    const { outcome } = one.verdict;
    if (!outcome) {
      problems.push(...inconsistencies(one));
      if (one.started && !older) problems.push(`Does not say what it was given for: verdict of ${one.planned.case}`);
      continue;
    }
    exact += 1;
    const given = verdictOf(one.planned, outcomeFrom(outcome, one.findings), run.knownIssues ?? [], outcome.day);
    if (canonicalJson(given) !== canonicalJson(recordedVerdict(one)))
      problems.push(
        `Verdict is ${one.verdict.verdict}, and comes out as ${given.verdict} (${given.reason.slice(0, 200)}): ${one.planned.case}`,
      );
  }
  const judged = cases.filter(({ verdict, started }) => verdict.recorded && started).length;
  if (exact < judged)
    notes.push(
      `${judged - exact} verdicts of an older record, which does not hold all that they were given for: checked against their findings`,
    );
  return check('verdicts', `${exact} given again, all the same`, problems, notes);
}

function recordedVerdict({ verdict: { verdict, reason, blame, code, findingCodes, knownIssue } }: CaseLedger): Verdict {
  return {
    verdict,
    reason,
    findingCodes,
    ...(blame === undefined ? {} : { blame }),
    ...(code === undefined ? {} : { code }),
    ...(knownIssue === undefined ? {} : { knownIssue }),
  };
}

/** What must hold between verdict and findings whatever else is known. */
function inconsistencies({ planned, verdict, findings, started }: CaseLedger): string[] {
  const violations = [...new Set(findings.filter(({ severity }) => severity === 'violation').map(({ code }) => code))];
  const said = (problem: string) => [`${problem}: ${planned.case}`];
  const lost = violations.filter((code) => !verdict.findingCodes.includes(code));
  if (lost.length > 0) return said(`Verdict does not name what was found (${lost.join(', ')})`);
  if (!started && verdict.verdict === 'passed') return said('Passed, and never begun');
  if (planned.negative) {
    const sets = codeSets(planned.negative);
    const wrong =
      verdict.verdict === 'passed' &&
      verdict.findingCodes.length > 0 &&
      !sets.some((set) => set.join() === verdict.findingCodes.join());
    return wrong ? said('Negative passed with other codes than it must give') : [];
  }
  const clean = verdict.verdict === 'passed' || verdict.verdict === 'broken' || verdict.verdict === 'not-applicable';
  return violations.length > 0 && clean ? said(`Verdict is ${verdict.verdict} with violations`) : [];
}
