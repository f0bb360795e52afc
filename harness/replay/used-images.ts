import { z } from 'zod';
import type { CaseLedger } from '../record/ledger.ts';
import type { ScenarioSpec } from '../scenario/api.ts';

/** What cases need of an image set when they are done again. */
export interface UsedImages {
  readonly images: readonly string[];
  /** Installations that they began with, each once. */
  readonly installs: readonly (readonly string[])[];
}

const provisioned = z.object({ images: z.array(z.string()) });
const judged = z.object({ from: z.object({ name: z.string() }), to: z.object({ name: z.string() }) });

/**
 * From the record, which knows what was installed and updated to, and from the scenarios as they are now, which know what would have been had the
 * case gone on.
 */
export function usedImages(
  cases: readonly CaseLedger[],
  specOf: (scenario: string) => Pick<ScenarioSpec, 'start' | 'uses'> | undefined,
): UsedImages {
  const images = new Set<string>();
  const installs = new Map<string, readonly string[]>();
  const install = (names: readonly string[]): void => void installs.set(names.join('+'), names);
  for (const { planned, started, steps, notes } of cases) {
    if (!started) continue;
    const { start = ['v1'], uses = [] } = specOf(planned.scenario) ?? {};
    install(start);
    uses.forEach((name) => images.add(name));
    for (const { name, details } of steps) {
      const seen = name === 'provision' ? provisioned.safeParse(details) : undefined;
      if (seen?.success) install(seen.data.images);
    }
    for (const { kind, data } of notes) {
      const seen = kind === 'transition' ? judged.safeParse(data) : undefined;
      if (seen?.success) [seen.data.from, seen.data.to].forEach(({ name }) => images.add(name));
    }
  }
  return { images: [...images].sort(), installs: [...installs.values()] };
}
