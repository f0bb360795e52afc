import { InternalError, UsageError } from '../errors/harness-error.ts';
import type { ScenarioContext, ScenarioSpec } from './api.ts';

export type ScenarioBody = (context: ScenarioContext) => Promise<void>;

/** A scenario as its file registered it. */
export interface Scenario {
  readonly spec: ScenarioSpec;
  readonly body: ScenarioBody;
  readonly file: string;
}

let loading: { readonly file: string; readonly found: Scenario[] } | undefined;

/** Registers a scenario with the file that is being loaded; runs nothing. @throws UsageError `scenario-without-loader`. */
export function scenario(spec: ScenarioSpec, body: ScenarioBody): void {
  if (!loading) {
    const hint = `scenarios are run by \`npx bootproof run ${spec.id}\`, not by mocha`;
    // Mocha may show another error in place of this one, and ends with status 1, which reads like a product failure.
    process.once('exit', () => {
      process.stderr.write(`${hint}\n`);
      process.exitCode = 2;
    });
    throw new UsageError(`Loaded without a plan: scenario ${spec.id}`, { code: 'scenario-without-loader', hint });
  }
  loading.found.push({ spec, body, file: loading.file });
}

/** Runs `load`, which imports one scenario file, and gives what it registered. One file at a time. */
export async function collectScenarios(file: string, load: () => Promise<unknown>): Promise<readonly Scenario[]> {
  if (loading) {
    throw new InternalError(`Already loading ${loading.file}: ${file}`, { code: 'loader-busy' });
  }
  const found: Scenario[] = [];
  loading = { file, found };
  try {
    await load();
    return found;
  } finally {
    loading = undefined;
  }
}
