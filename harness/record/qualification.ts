import { z } from 'zod';

/** What came of a mutant: a thing that is broken on purpose, in one place. */
const mutantResult = z.object({
  id: z.string(),
  /** What is broken: the device (a transition), an oracle, an adapter, or an image that was really booted. */
  kind: z.enum(['device', 'oracle', 'adapter', 'image']),
  /** What is wrong with it, in words. */
  what: z.string(),
  /** The oracle or the check of the contract that has to see it. */
  caughtBy: z.string(),
  expected: z.array(z.string()),
  found: z.array(z.string()),
  /**
   * Killed: found exactly what was expected. `wrong-reason`: something was found, and not that. `not-applicable`: the images or the bench of the
   * run lack what it breaks.
   */
  outcome: z.enum(['killed', 'survived', 'wrong-reason', 'not-applicable', 'not-run']),
  /** Why it was not run, or what was said. */
  reason: z.string(),
});
export type MutantResult = z.infer<typeof mutantResult>;

export const qualificationVersion = 1;

/** Result of `bootproof qualify`: the validation suite of a tool in the sense of ISO 26262-8 clause 11. */
export const qualification = z.object({
  version: z.literal(qualificationVersion),
  tool: z.object({ version: z.string(), commit: z.string(), oracles: z.string() }),
  /** What it was qualified with: versions of everything that a verdict rests on. */
  configuration: z.record(z.string(), z.string()),
  claims: z.array(z.string()),
  knownAnomalies: z.array(z.string()),
  /** Oracles with fewer than two mutants that were run. */
  gaps: z.array(z.string()),
  mutants: z.array(mutantResult),
});
export type Qualification = z.infer<typeof qualification>;
