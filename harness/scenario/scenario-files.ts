import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HarnessError, UsageError } from '../errors/harness-error.ts';
import { checkSpec } from './scenario-spec.ts';
import { collectScenarios, type Scenario } from './scenario.ts';

/** A module is run once in a process, so what it registered is kept for the next who asks. */
const loaded = new Map<string, readonly Scenario[]>();

/**
 * Imports every scenario file below `directory` in the order of their paths, and gives the scenarios in order of their ids.
 * @throws UsageError `scenario-invalid` (every problem of every file at once), `scenario-file-broken`, `no-scenarios`.
 */
export async function loadScenarios(directory: string, requirements: ReadonlySet<string>): Promise<Scenario[]> {
  const scenarios: Scenario[] = [];
  for (const file of await scenarioFiles(directory)) scenarios.push(...(await loadScenarioFile(file)));
  if (scenarios.length === 0) {
    throw new UsageError(`No scenario found: ${directory}`, {
      code: 'no-scenarios',
      hint: 'a scenario file is a .ts file that calls scenario()',
    });
  }
  const problems = scenarios.flatMap(({ spec, file }) =>
    checkSpec(spec, requirements).map((problem) => `  ${relative(directory, file)}: ${problem}`),
  );
  const byId = new Map<string, Scenario>();
  for (const scenario of scenarios) {
    const other = byId.get(scenario.spec.id);
    if (other) {
      const where = `${relative(directory, other.file)} and ${relative(directory, scenario.file)}`;
      problems.push(`  ${scenario.spec.id}: registered twice, in ${where}`);
    }
    byId.set(scenario.spec.id, scenario);
  }
  if (problems.length > 0) {
    throw new UsageError(`Not valid: scenarios in ${directory}\n${problems.join('\n')}`, {
      code: 'scenario-invalid',
      details: { problems },
    });
  }
  return [...byId.values()].sort((a, b) => (a.spec.id < b.spec.id ? -1 : 1));
}

/** What one file registers; imported once in a process. @throws UsageError `scenario-file-broken`. */
export async function loadScenarioFile(file: string): Promise<readonly Scenario[]> {
  const known = loaded.get(file);
  if (known) return known;
  try {
    const found = await collectScenarios(file, () => import(pathToFileURL(file).href));
    loaded.set(file, found);
    return found;
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${reason}: scenario file ${file}`, { code: 'scenario-file-broken', cause });
  }
}

async function scenarioFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new UsageError(`No such directory of scenarios: ${directory}`, { code: 'no-scenarios', cause });
  });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
