import type { Finding } from '../judge/finding.ts';
import type { RecordedOutcome } from '../record/event.ts';
import type { CaseError } from './case-error.ts';
import type { CaseOutcome } from './verdict.ts';

/**
 * What a verdict was given for, in the form that the record keeps: the judged findings stand there already, so only the others are repeated.
 * `judged`: those of all judged transitions, in order.
 */
export function recordedOutcome(
  { findings, error }: CaseOutcome,
  judged: readonly Finding[],
  day: string,
): RecordedOutcome {
  const others: { at: number; finding: Finding }[] = [];
  let next = 0;
  for (const [at, finding] of findings.entries()) {
    if (next < judged.length && JSON.stringify(judged[next]) === JSON.stringify(finding)) next += 1;
    else others.push({ at, finding });
  }
  return { day, findings: others, ...(error ? { error: plainError(error) } : {}) };
}

/** The outcome again, from the record alone. */
export function outcomeFrom({ findings, error }: RecordedOutcome, judged: readonly Finding[]): CaseOutcome {
  const all = [...judged];
  for (const { at, finding } of findings) all.splice(at, 0, finding);
  return { findings: all, ...(error ? { error: error as CaseError } : {}) };
}

/** Without the stack, and with the details that a verdict looks at. */
function plainError({ kind, blame, code, message, details }: CaseError): NonNullable<RecordedOutcome['error']> {
  const { phase, benchProven } = details;
  return {
    kind,
    blame,
    code,
    message,
    details: {
      ...(typeof phase === 'string' ? { phase } : {}),
      ...(typeof benchProven === 'boolean' ? { benchProven } : {}),
    },
  };
}
