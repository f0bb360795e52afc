/** One thing that was looked at. Without problems it holds; `said` is what was seen, in numbers. */
export interface Check {
  /** files, signature, chain, ledger, attachments, statement, oracles, judgements, verdicts */
  readonly name: string;
  readonly said: string;
  /** Reason first, then the object; bounded to `maxProblems`. */
  readonly problems: readonly string[];
  /** Worth knowing, and no reason to refuse. */
  readonly notes: readonly string[];
}

const maxProblems = 50;

export function check(name: string, said: string, problems: readonly string[], notes: readonly string[] = []): Check {
  const rest = problems.length - maxProblems;
  return {
    name,
    said,
    problems: rest > 0 ? [...problems.slice(0, maxProblems), `${rest} more`] : problems,
    notes,
  };
}
