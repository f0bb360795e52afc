import { matchesAny } from './case-pattern.ts';

/** An accepted failure, from known-issues.yaml: counts as passed until it expires. */
export interface KnownIssue {
  readonly id: string;
  /** Where it is being worked on. */
  readonly tracker: string;
  /** YYYY-MM-DD, the last day on which it counts. */
  readonly expires: string;
  readonly acceptedBy: string;
  /** Case ids or globs. */
  readonly cases: readonly string[];
  /** Finding codes that it explains; any other makes the case fail. */
  readonly codes: readonly string[];
}

export function isExpired({ expires }: KnownIssue, today: string): boolean {
  return today > expires;
}

/**
 * `filed`: the issues that name this case. `covering`: those of them that explain what was found, [] unless together they explain all of it.
 */
export function coveredBy(
  id: string,
  found: readonly string[],
  issues: readonly KnownIssue[],
): { filed: KnownIssue[]; covering: KnownIssue[] } {
  const filed = issues.filter(({ cases }) => matchesAny(id, cases));
  const explained = new Set(filed.flatMap(({ codes }) => codes));
  if (found.length === 0 || !found.every((code) => explained.has(code))) return { filed, covering: [] };
  return { filed, covering: filed.filter(({ codes }) => codes.some((code) => found.includes(code))) };
}
