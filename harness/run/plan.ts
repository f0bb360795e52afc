import type { Capability } from '../device/capability.ts';
import { UsageError } from '../errors/harness-error.ts';
import type { PlannedCase } from '../record/event.ts';
import { planHash } from '../record/plan-hash.ts';
import type { ScenarioSpec } from '../scenario/api.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Bench } from './bench.ts';
import { caseSeed } from './case-seed.ts';
import type { Catalog } from './catalog.ts';
import type { KnownIssue } from './known-issue.ts';
import { mustApply, profileOf, select, type Selection } from './selection.ts';

export interface PlanItem {
  /** As it stands in the record. */
  readonly planned: PlannedCase;
  readonly scenario: Scenario;
  readonly seed: number;
  /** Names of the benches that can run it. */
  readonly benches: readonly string[];
  /** Set when no bench can: the case is not applicable, and these are missing on the bench that lacks least. */
  readonly missing: readonly Capability[];
}

/** What a run will do, made without a device. */
export interface Plan {
  readonly profile: string;
  readonly seed: number;
  /** sha256 of the canonical JSON of the planned cases, hex. */
  readonly hash: string;
  readonly items: readonly PlanItem[];
  readonly knownIssues: readonly KnownIssue[];
}

/** @throws UsageError as `select` does, and `two-benches-one-name`. */
export function makePlan(catalog: Catalog, selection: Selection, benches: readonly Bench[], seed: number): Plan {
  refuseSameNames(benches);
  const items = select(catalog, selection).map(({ id, scenario }): PlanItem => {
    const { spec } = scenario;
    const needs = [...(spec.needs ?? [])];
    const lacks = benches.map(({ capabilities }) => needs.filter((need) => !capabilities.includes(need)));
    const able = benches.filter((_, index) => lacks[index]?.length === 0);
    const files = [...new Set((able.length > 0 ? able : benches).map(({ file }) => file.name))];
    const planned: PlannedCase = {
      case: id,
      scenario: spec.id,
      title: spec.title,
      requirements: [...spec.requirements],
      needs,
      bench: files.join(', '),
      ...(mustApply(catalog, selection, id) ? { mustApply: true } : {}),
      ...(spec.negative ? { negative: negativeOf(spec.negative) } : {}),
    };
    const [missing = []] = able.length > 0 ? [] : lacks.sort((a, b) => a.length - b.length);
    return { planned, scenario, seed: caseSeed(seed, id), benches: able.map(({ name }) => name), missing };
  });
  const hash = planHash(items.map(({ planned }) => planned));
  return { profile: profileOf(selection), seed, hash, items, knownIssues: catalog.knownIssues };
}

/** The names stand in the record and own the state on the host. */
function refuseSameNames(benches: readonly Bench[]): void {
  const files = new Map<string, string>();
  for (const { name, file } of benches) {
    const other = files.get(name);
    if (other !== undefined)
      throw new UsageError(`Two benches have one name: ${name} (${other} and ${file.path})`, {
        code: 'two-benches-one-name',
        hint: 'change `name` in one of the bench files',
      });
    files.set(name, file.path);
  }
}

function negativeOf({ verdict, codes, orCodes }: NonNullable<ScenarioSpec['negative']>): PlannedCase['negative'] {
  return { verdict, codes: [...codes], ...(orCodes ? { orCodes: orCodes.map((set) => [...set]) } : {}) };
}
