import { z } from 'zod';
import type { Ledger } from './ledger.ts';

/** How the configuration of a run stands to the last qualification: `host.qualification` of the plan. It changes no verdict. */
export const qualificationStanding = z.object({
  /** `unqualified`: there is none. `survivors`: it shows that the harness misses something. */
  status: z.enum(['inside', 'outside', 'unqualified', 'survivors']),
  /** Which qualification; absent where there is none. */
  of: z
    .object({
      /** Of its qualification.json, hex. */
      sha256: z.string(),
      version: z.string(),
      commit: z.string(),
      mutants: z.object({ killed: z.number(), lived: z.number(), notRun: z.number() }),
    })
    .optional(),
  /** What is another than it was qualified with. */
  differences: z.array(z.object({ name: z.string(), present: z.string(), qualified: z.string() })),
});
export type QualificationStanding = z.infer<typeof qualificationStanding>;

/** As the record has it; undefined in older records, and where it does not say. */
export function standingIn({ run }: Pick<Ledger, 'run'>): QualificationStanding | undefined {
  const parsed = qualificationStanding.safeParse(run.host['qualification']);
  return parsed.success ? parsed.data : undefined;
}

/** One sentence, the same in every report. Names and versions are as the host told them: not escaped. */
export function standingText({ status, of, differences }: QualificationStanding): string {
  if (status === 'unqualified' || !of)
    return 'Not a qualified configuration: this host keeps no qualification (bootproof qualify).';
  const { killed, lived, notRun } = of.mutants;
  const ran = `${killed} of ${killed + lived} mutants killed, ${notRun} not run`;
  if (status === 'survivors') return `Not a qualified configuration: the last qualification has survivors (${ran}).`;
  if (status === 'inside') return `Qualified configuration (${ran}).`;
  const other = differences.map(
    ({ name, present, qualified }) => `${name} ${short(present)}, qualified ${short(qualified)}`,
  );
  return `Outside of the qualified configuration: ${other.join('; ')} (bootproof qualify).`;
}

/** A digest by its first digits: what differs can be read off the two files. */
function short(version: string): string {
  return version.replace(/^([0-9a-f]{12})[0-9a-f]{52}$/, '$1');
}

/** What a person is warned of; undefined: nothing. */
export function standingWarning(standing: QualificationStanding | undefined): string | undefined {
  return standing === undefined || standing.status === 'inside' ? undefined : standingText(standing);
}
