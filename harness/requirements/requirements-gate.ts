import type { Catalog } from '../run/catalog.ts';
import { isExpired } from '../run/known-issue.ts';

/** What is wrong between requirements, scenarios and known issues, one line each; a scenario without a known requirement is refused by its loader already. */
export function requirementProblems(
  { requirements, scenarios, knownIssues }: Pick<Catalog, 'requirements' | 'scenarios' | 'knownIssues'>,
  today: string,
): string[] {
  const covered = new Set(scenarios.flatMap(({ spec }) => spec.requirements));
  const unproven = requirements.flatMap(({ id, 'no-scenario': reason }) => {
    if (!covered.has(id) && reason === undefined)
      return [`requirement ${id} has no scenario, and no reason (\`no-scenario\`) for it`];
    if (covered.has(id) && reason !== undefined)
      return [`requirement ${id} has scenarios: take its \`no-scenario\` away`];
    return [];
  });
  const expired = knownIssues
    .filter((issue) => isExpired(issue, today))
    .map(
      ({ id, expires, acceptedBy, tracker }) =>
        `known issue ${id} expired on ${expires}: ask ${acceptedBy} (${tracker})`,
    );
  return [...unproven, ...expired];
}
