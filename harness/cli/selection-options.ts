import { InvalidArgumentError, type Command } from 'commander';
import { seedOption } from './numbers.ts';
import { join } from 'node:path';
import type { Bench } from '../run/bench.ts';
import { newRunSeed } from '../run/case-seed.ts';
import { loadCatalog, type Catalog } from '../run/catalog.ts';
import { makePlan, type Plan } from '../run/plan.ts';
import { atPlace } from './place.ts';
import { benchesOf, loadBenchFiles } from './compose.ts';
import { defaultImages, imageCapabilities } from './image-sets.ts';
import { home } from './tool.ts';

/** What `plan` and `run` have in common: which cases, on which benches, from which seed. */
export interface SelectionOptions {
  readonly bench: string[];
  readonly place?: string;
  readonly placeTag?: string[];
  readonly profile?: string;
  readonly seed?: number;
  readonly scenarios: string;
  /** Image set in use: what its images are decides what applies, too. */
  readonly images?: string;
}

export function withSelection(command: Command): Command {
  return command
    .argument('[cases...]', 'case ids, scenario ids, or globs such as `interrupted/**`; default: the profile')
    .option(
      '--bench <file>',
      'bench file; several times for more benches (default: two QEMU machines here)',
      several,
      [],
    )
    .option('--place <name>', 'labgrid place to use, whatever the bench file says')
    .option('--place-tag <key=value>', 'any labgrid place with this tag; several times for more tags', tag, [])
    .option('--profile <name>', 'list of cases in profiles.yaml (default: standard)')
    .option(
      '--seed <n>',
      'where all randomness comes from (default: a new one, which stands in the record)',
      seedOption,
    )
    .option('--scenarios <dir>', 'directory of scenarios', join(home, 'scenarios'));
}

export interface PreparedPlan {
  readonly catalog: Catalog;
  readonly benches: readonly Bench[];
  readonly plan: Plan;
}

/** @throws UsageError for a bench file, a scenario or a selection that is wrong. */
export async function preparePlan(patterns: readonly string[], options: SelectionOptions): Promise<PreparedPlan> {
  const files = atPlace(await loadBenchFiles(options.bench), options);
  const offered = await imageCapabilities(options.images ?? defaultImages);
  const benches = files
    .flatMap((file) => benchesOf(file))
    .map((bench) => ({ ...bench, capabilities: [...bench.capabilities, ...offered] }));
  const catalog = await loadCatalog(options.scenarios);
  const selection = { profile: options.profile, patterns };
  return { catalog, benches, plan: makePlan(catalog, selection, benches, options.seed ?? newRunSeed()) };
}

function tag(value: string, before: string[]): string[] {
  if (!/^[^=\s]+=[^=\s]+$/.test(value)) throw new InvalidArgumentError('KEY=VALUE');
  return [...before, value];
}

function several(value: string, before: string[]): string[] {
  return [...before, value];
}
