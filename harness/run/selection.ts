import { didYouMean } from '../bench-file/nearest-name.ts';
import { UsageError } from '../errors/harness-error.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { matchesAny, matchesCase } from './case-pattern.ts';
import { caseIds, type Catalog } from './catalog.ts';

/** What a person asked for. Both: those of the profile that a pattern names. Neither: the profile `standard`. */
export interface Selection {
  readonly profile?: string | undefined;
  /** Case ids, scenario ids, globs. */
  readonly patterns: readonly string[];
}

export interface SelectedCase {
  readonly id: string;
  readonly scenario: Scenario;
}

const defaultProfile = 'standard';

/** Does the profile in use, if any, want this case to apply on the benches? */
export function mustApply(catalog: Catalog, { profile, patterns }: Selection, id: string): boolean {
  const name = profile ?? (patterns.length === 0 ? defaultProfile : undefined);
  return name !== undefined && !matchesAny(id, catalog.profiles[name]?.mayNotApply ?? []);
}

/** The profile's name for the record: `selection` when cases were named without one. */
export function profileOf({ profile, patterns }: Selection): string {
  return profile ?? (patterns.length > 0 ? 'selection' : defaultProfile);
}

/**
 * The cases in the order of the profile's or the person's list, then of their ids. @throws UsageError `no-such-profile`, `no-such-case`
 * (also for one pattern of many that names nothing: a slip must not make a run smaller), `empty-selection`.
 */
export function select(catalog: Catalog, selection: Selection): SelectedCase[] {
  const { patterns } = selection;
  const profile = selection.profile ?? (patterns.length === 0 ? defaultProfile : undefined);
  const all = catalog.scenarios.flatMap((scenario) => caseIds(scenario.spec).map((id) => ({ id, scenario })));
  if (profile === undefined)
    return inOrder([...all, ...repeats(catalog, patterns, all)], patterns, 'on the command line');
  const listed = Object.hasOwn(catalog.profiles, profile) ? catalog.profiles[profile] : undefined;
  if (!listed) {
    const names = Object.keys(catalog.profiles);
    throw new UsageError(`No such profile: ${profile}`, {
      code: 'no-such-profile',
      hint: didYouMean(profile, names) ?? `there are: ${names.join(', ')}`,
    });
  }
  const ofProfile = inOrder(all, listed.cases, `in profile ${profile}`);
  for (const pattern of listed.mayNotApply) refuseUnknown(all, pattern, `in profile ${profile}, may-not-apply`);
  if (patterns.length === 0) return ofProfile;
  for (const pattern of patterns) refuseUnknown(all, pattern, 'on the command line');
  const both = ofProfile.filter(({ id }) => matchesAny(id, patterns));
  if (both.length > 0) return both;
  throw new UsageError(`No case selected: profile ${profile} holds none of ${patterns.join(', ')}`, {
    code: 'empty-selection',
    hint: 'leave out --profile to run them from all scenarios',
  });
}

/** Cases that are not in the catalog by themselves, `SCENARIO#N` as a campaign names its cuts: the same as in the campaign, since all that is random comes of the id. */
function repeats({ scenarios }: Catalog, patterns: readonly string[], all: readonly SelectedCase[]): SelectedCase[] {
  return patterns.flatMap((id) => {
    const [, of] = /^(.+)#[1-9]\d*$/.exec(id) ?? [];
    const scenario = scenarios.find(({ spec }) => spec.id === of);
    return scenario && !all.some((one) => one.id === id) ? [{ id, scenario }] : [];
  });
}

function inOrder(all: readonly SelectedCase[], patterns: readonly string[], where: string): SelectedCase[] {
  const chosen = new Map<string, SelectedCase>();
  for (const pattern of patterns) {
    refuseUnknown(all, pattern, where);
    for (const one of all) if (matchesCase(one.id, pattern)) chosen.set(one.id, one);
  }
  return [...chosen.values()];
}

function refuseUnknown(all: readonly SelectedCase[], pattern: string, where: string): void {
  if (all.some(({ id }) => matchesCase(id, pattern))) return;
  const ids = all.flatMap(({ id, scenario }) => [id, scenario.spec.id]);
  throw new UsageError(`No such case ${where}: ${pattern}`, {
    code: 'no-such-case',
    hint: didYouMean(pattern, ids) ?? '`npx bootproof plan --profile nightly` lists the cases',
  });
}
