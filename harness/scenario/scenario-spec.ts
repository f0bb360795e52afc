import { didYouMean } from '../bench-file/nearest-name.ts';
import { capabilities } from '../device/capability.ts';
import type { ScenarioSpec } from './api.ts';

const idPattern = /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/;

/** What is wrong with a scenario's data, one line a problem; [] when it is right. */
export function checkSpec(spec: ScenarioSpec, requirements: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const say = (problem: string) => problems.push(`${spec.id}: ${problem}`);
  if (!idPattern.test(spec.id)) say('an id is path-like: a-z, 0-9, `-` and `.`, parted by `/`');
  if (spec.title.trim() === '') say('a scenario has a title');
  if (spec.requirements.length === 0) say('a scenario names at least one requirement');
  for (const requirement of spec.requirements) {
    if (requirements.has(requirement)) continue;
    say(`unknown requirement ${requirement}: ${didYouMean(requirement, requirements) ?? 'see requirements.yaml'}`);
  }
  const known = Object.keys(capabilities);
  for (const need of spec.needs ?? []) {
    if (!known.includes(need)) say(`unknown capability ${need}: ${didYouMean(need, known) ?? known.join(', ')}`);
  }
  if (spec.repeat !== undefined && !(Number.isInteger(spec.repeat) && spec.repeat >= 1 && spec.repeat <= 10_000))
    say(`repeat is a whole number from 1 to 10000, not ${spec.repeat}`);
  if (spec.budgetMs !== undefined && !(spec.budgetMs > 0)) say(`budgetMs is above 0, not ${spec.budgetMs}`);
  if (spec.start?.length === 0) say('start names at least one image');
  if (spec.adapter !== undefined && !spec.negative) say('an adapter that is broken on purpose is for a negative');
  if (spec.negative) {
    if (!['failed', 'broken'].includes(spec.negative.verdict))
      say(`a negative must be failed or broken, not ${spec.negative.verdict}`);
    if ([spec.negative.codes, ...(spec.negative.orCodes ?? [])].some((set) => set.length === 0))
      say('a negative names the codes that it must give');
  }
  return problems;
}
