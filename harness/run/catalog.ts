import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { at } from '../bench-file/problem.ts';
import { checkYaml, invalidFile, readYaml } from '../bench-file/read-yaml.ts';
import { loadScenarios } from '../scenario/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { matchesCase } from './case-pattern.ts';
import type { KnownIssue } from './known-issue.ts';

/** Everything that a plan is made of, from one directory of scenarios. */
export interface Catalog {
  readonly directory: string;
  /** In order of their ids. */
  readonly scenarios: readonly Scenario[];
  readonly requirements: readonly Requirement[];
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly knownIssues: readonly KnownIssue[];
}

/** A list of cases with a name; case ids and globs in both. */
export interface Profile {
  /** In the order in which they are to run. */
  readonly cases: readonly string[];
  /** Those that may lack a capability: any other one that is not applicable fails the run. */
  readonly mayNotApply: readonly string[];
}

const requirement = z.strictObject({
  id: z.string().min(1),
  text: z.string().min(1),
  /** Where it comes from: a regulation's clause, a project's promise. */
  source: z.string().min(1),
  /** Why no scenario is about it: where else it is shown, or that it is not. */
  'no-scenario': z.string().min(1).optional(),
});
type Requirement = z.infer<typeof requirement>;

const knownIssue = z.strictObject({
  id: z.string().min(1),
  tracker: z.string().min(1),
  expires: z.iso.date('expires is a date, YYYY-MM-DD'),
  'accepted-by': z.string().min(1),
  cases: z.array(z.string()).min(1),
  codes: z.array(z.string()).min(1),
});

const patterns = z.array(z.string()).min(1);
const fullProfile = z.strictObject({ cases: patterns, 'may-not-apply': patterns });
const profile = z.union([patterns, fullProfile]);

/** @throws UsageError with every problem of the file or of the scenarios at once. */
export async function loadCatalog(directory: string): Promise<Catalog> {
  const requirements = await loadRequirements(join(directory, 'requirements.yaml'));
  const scenarios = await loadScenarios(directory, new Set(requirements.map(({ id }) => id)));
  const profiles = await loadProfiles(join(directory, 'profiles.yaml'));
  const knownIssues = await loadKnownIssues(join(directory, 'known-issues.yaml'), scenarios);
  return { directory, scenarios, requirements, profiles, knownIssues };
}

async function loadRequirements(path: string): Promise<Requirement[]> {
  const what = 'list of requirements';
  const file = await readYaml(path, what);
  const list = checkYaml(file, z.array(requirement), what, Object.keys(requirement.shape));
  const seen = new Set<string>();
  const problems = list.flatMap(({ id }, index) => {
    const twice = seen.has(id);
    seen.add(id);
    return twice ? [at(file, [index, 'id'], `requirement ${id} is listed twice`)] : [];
  });
  if (problems.length > 0) throw invalidFile(path, what, problems);
  return list;
}

async function loadProfiles(path: string): Promise<Record<string, Profile>> {
  const what = 'list of profiles';
  const list = checkYaml(
    await readYaml(path, what),
    z.record(z.string(), profile),
    what,
    Object.keys(fullProfile.shape),
  );
  return Object.fromEntries(
    Object.entries(list).map(([name, one]) => {
      const { cases, 'may-not-apply': mayNotApply } = Array.isArray(one) ? { cases: one, 'may-not-apply': [] } : one;
      return [name, { cases, mayNotApply }];
    }),
  );
}

async function loadKnownIssues(path: string, scenarios: readonly Scenario[]): Promise<KnownIssue[]> {
  if (!existsSync(path)) return [];
  const what = 'list of known issues';
  const file = await readYaml(path, what);
  const list = checkYaml(file, z.array(knownIssue).nullable(), what, Object.keys(knownIssue.shape)) ?? [];
  const problems = list.flatMap(({ cases }, index) =>
    cases.flatMap((pattern, place) => {
      const names = scenarios.some(({ spec }) => caseIds(spec).some((id) => matchesCase(id, pattern)));
      return names ? [] : [at(file, [index, 'cases', place], `no such case: ${pattern}`)];
    }),
  );
  if (problems.length > 0) throw invalidFile(path, what, problems);
  return list.map(({ 'accepted-by': acceptedBy, ...rest }) => ({ ...rest, acceptedBy }));
}

/** A repeated scenario is as many cases, `id#1` to `id#n`; one that is not repeated is its id alone. */
export function caseIds({ id, repeat = 1 }: { readonly id: string; readonly repeat?: number }): string[] {
  return repeat === 1 ? [id] : Array.from({ length: repeat }, (_, index) => `${id}#${index + 1}`);
}
