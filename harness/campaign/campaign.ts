import { UsageError } from '../errors/harness-error.ts';
import { caseIds, type Catalog } from '../run/catalog.ts';
import type { Bench } from '../run/bench.ts';
import { makePlan, type Plan } from '../run/plan.ts';
import type { Progress } from '../run/progress.ts';
import { run, type RunResult } from '../run/run.ts';
import type { RunOptions } from '../run/run-options.ts';
import type { CampaignFile } from './campaign-file.ts';
import { cutsOf, isDone } from './cuts.ts';

/** A device in this state is not touched again: no further cut is begun anywhere. */
const bricked = 'device-does-not-boot';

export interface CampaignRun extends Omit<RunOptions, 'plan'> {
  readonly directory: string;
  readonly campaign: CampaignFile;
  readonly catalog: Catalog;
}

/** What is left of a campaign: the plan of the cuts that have no verdict yet. undefined: none. @throws UsageError `no-such-scenario`. */
export async function remainingPlan(
  directory: string,
  { scenarios, cuts, seed }: CampaignFile,
  catalog: Catalog,
  benches: readonly Bench[],
): Promise<Plan | undefined> {
  const repeated = Object.values(scenarios).map((id) => {
    const found = catalog.scenarios.find(({ spec }) => spec.id === id);
    if (!found)
      throw new UsageError(`No such scenario: ${id}`, {
        code: 'no-such-scenario',
        hint: 'a campaign needs the scenarios that it was begun with',
      });
    return { ...found, spec: { ...found.spec, repeat: cuts } };
  });
  const made = await cutsOf(directory, scenarios);
  const done = new Set(made.cuts.filter((cut) => isDone(cut)).map((cut) => cut.case));
  // Round by round: a campaign that is ended early has cut all its phases alike.
  const perPhase = repeated.map(({ spec }) => caseIds(spec));
  const all = Array.from({ length: cuts }, (_, round) => perPhase.map((ids) => ids[round] ?? '')).flat();
  const patterns = all.filter((id) => !done.has(id));
  if (patterns.length === 0) return undefined;
  return makePlan({ ...catalog, scenarios: repeated }, { profile: undefined, patterns }, benches, seed);
}

/** Makes the cuts that are left, until they are made, a person aborts, or a device does not boot any more. */
export async function runCampaign(
  options: CampaignRun,
): Promise<{ result: RunResult | undefined; bricked: string | undefined }> {
  const { directory, campaign, catalog, ...rest } = options;
  const plan = await remainingPlan(directory, campaign, catalog, rest.benches);
  if (!plan) return { result: undefined, bricked: undefined };
  const halt = new AbortController();
  let brick: string | undefined;
  const progress = watched(rest.progress, (id, code) => {
    if (code !== bricked) return;
    brick ??= id;
    halt.abort();
  });
  const result = await run({ ...rest, plan, progress, abort: AbortSignal.any([rest.abort, halt.signal]) });
  return { result, bricked: brick };
}

function watched(progress: Progress, onEnd: (id: string, code: string | undefined) => void): Progress {
  return new Proxy(progress, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'caseEnded') return value.bind(target) as unknown;
      return (...args: Parameters<Progress['caseEnded']>) => {
        onEnd(args[0], args[1].code);
        target.caseEnded(...args);
      };
    },
  });
}
