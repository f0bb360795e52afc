import { z } from 'zod';
import { verdictKind } from './event.ts';
import { countsAsFailed } from './exit-code.ts';
import type { CaseLedger, Ledger } from './ledger.ts';
import { noteOf } from './note.ts';

/** A night in a few kilobytes: what a comparison and a history need of a run. Kept for years, so it has a version of its own. */
export const runDigestVersion = 1;

const digestCase = z.object({
  case: z.string(),
  scenario: z.string(),
  kind: z.enum(['positive', 'negative']),
  verdict: verdictKind,
  /** A known issue that no longer holds counts as failed. */
  failed: z.boolean(),
  codes: z.array(z.string()),
  durationMs: z.number(),
});
export type DigestCase = z.infer<typeof digestCase>;

export const runDigest = z.object({
  version: z.literal(runDigestVersion),
  run: z.string(),
  at: z.string(),
  profile: z.string(),
  seed: z.number(),
  tool: z.object({ version: z.string(), commit: z.string() }),
  /** Commit or digest by image name: what differs is said beside every new failure. */
  images: z.record(z.string(), z.string()),
  imageSet: z.string().optional(),
  cases: z.array(digestCase),
  /** Milliseconds of each passed step by its name, and pulled bytes of each transition as the server sent them. */
  stepsMs: z.record(z.string(), z.array(z.number())),
  pulledBytes: z.array(z.number()),
});
export type RunDigest = z.infer<typeof runDigest>;

export function digestOf({ run, cases }: Pick<Ledger, 'run' | 'cases'>): RunDigest {
  const stepsMs: Record<string, number[]> = {};
  const add = (name: string, ms: number) => (stepsMs[name] ??= []).push(Math.round(ms));
  for (const { steps, notes } of cases) {
    for (const { name, status, durationMs } of steps) if (status === 'passed') add(name, durationMs);
    for (const note of notes)
      for (const [phase, ms] of Object.entries(noteOf('phase-times', note)?.phasesMs ?? {})) add(`phase ${phase}`, ms);
  }
  const set = z.object({ imageSet: z.object({ name: z.string() }) }).safeParse(run.host);
  const { version, commit } = run.tool;
  return {
    version: runDigestVersion,
    run: run.run,
    at: run.at,
    profile: run.profile,
    seed: run.seed,
    tool: { version, commit },
    images: Object.fromEntries(Object.entries(run.images).map(([name, image]) => [name, identityOf(image)])),
    ...(set.success ? { imageSet: set.data.imageSet.name } : {}),
    cases: cases.map(caseOf),
    stepsMs,
    pulledBytes: cases.flatMap(({ notes }) => notes.flatMap((note) => noteOf('update-cost', note)?.pulledBytes ?? [])),
  };
}

function caseOf({ planned, kind, verdict, findings }: CaseLedger): DigestCase {
  const violations = findings.filter(({ severity }) => severity === 'violation').map(({ code }) => code);
  const codes = verdict.findingCodes.length > 0 ? verdict.findingCodes : violations;
  return {
    case: planned.case,
    scenario: planned.scenario,
    kind,
    verdict: verdict.verdict,
    failed: countsAsFailed(verdict),
    codes: [...new Set(codes.length > 0 || verdict.code === undefined ? codes : [verdict.code])].sort(),
    durationMs: Math.round(verdict.durationMs),
  };
}

function identityOf(image: unknown): string {
  const fields = z.object({ commit: z.string().optional(), digest: z.string().optional() }).safeParse(image);
  if (fields.success) return fields.data.commit ?? fields.data.digest ?? 'unknown';
  return typeof image === 'string' ? image : 'unknown';
}
