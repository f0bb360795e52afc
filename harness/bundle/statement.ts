import { z } from 'zod';
import { UsageError } from '../errors/harness-error.ts';
import { aboutOf, notCompliance } from '../record/about.ts';
import { canonicalJson } from '../record/canonical-json.ts';
import { coverageOf } from '../record/coverage.ts';
import { countsAsFailed, exitCodeOf } from '../record/exit-code.ts';
import type { CaseLedger } from '../record/ledger.ts';
import type { RunRecord } from '../record/run-record.ts';

/** Of the files in a bundle and of what its statement says; a reader refuses a newer one by name. */
export const bundleVersion = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const subject = z.object({ name: z.string(), digest: z.object({ sha256 }) });
export type Subject = z.infer<typeof subject>;

/** As much of a statement as must be known before its files are looked at; the whole is made again from them and compared. */
const statementHead = z.object({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(subject),
  predicateType: z.literal('https://in-toto.io/attestation/test-result/v0.1'),
  predicate: z.object({ bootproof: z.object({ version: z.number().int() }) }),
});

/** @throws UsageError `bundle-newer`, `statement-invalid`. */
export function parseStatement(payload: Buffer): z.infer<typeof statementHead> {
  let data: unknown;
  try {
    data = JSON.parse(payload.toString('utf8'));
  } catch {
    // told below
  }
  const version = z.object({ predicate: z.object({ bootproof: z.object({ version: z.number() }) }) }).safeParse(data);
  if (version.success && version.data.predicate.bootproof.version > bundleVersion)
    throw new UsageError(
      `Bundle version ${version.data.predicate.bootproof.version} is newer than ${bundleVersion}, the newest known here`,
      { code: 'bundle-newer', hint: 'verify it with the version of bootproof that made it, or a later one' },
    );
  const parsed = statementHead.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new UsageError('Statement is not one of a bootproof run: statement.dsse.json', { code: 'statement-invalid' });
}

/**
 * in-toto Statement v1 with the predicate test-result v0.1 (github.com/in-toto/attestation): what was tested, with what, and how it ended. A function of the record
 * and of the files, so that who verifies makes it again. `warnedTests` are those that say nothing for or against the product.
 */
export function statementText(run: RunRecord, subjects: readonly Subject[]): Buffer {
  const { ledger, head, lines } = run;
  const { run: plan, cases, counts } = ledger;
  const exit = exitCodeOf(ledger);
  const names = (some: readonly CaseLedger[]) => some.map(({ planned }) => planned.case);
  const failed = cases.filter(({ verdict }) => countsAsFailed(verdict));
  const passed = cases.filter(({ verdict }) => verdict.verdict === 'passed' && !countsAsFailed(verdict));
  const about = aboutOf(ledger);
  return Buffer.from(
    canonicalJson({
      _type: 'https://in-toto.io/Statement/v1',
      subject: subjects,
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: failed.length > 0 ? 'FAILED' : exit.code === 0 ? 'PASSED' : 'WARNED',
        configuration: configuration(plan),
        passedTests: names(passed),
        warnedTests: names(cases.filter((one) => !failed.includes(one) && !passed.includes(one))),
        failedTests: names(failed),
        bootproof: {
          version: bundleVersion,
          run: plan.run,
          profile: plan.profile,
          seed: plan.seed,
          planHash: plan.planHash,
          tool: plan.tool,
          began: plan.at,
          ended: ledger.ended?.at ?? null,
          record: { lines, head },
          exitCode: exit.code,
          counts,
          about: { kind: about.kind, imageSet: about.imageSet ?? null, text: about.text },
          notCompliance,
          coverage: coverageOf(ledger),
        },
      },
    }),
  );
}

/** What was tested: images by digest, which for an OSTree commit is the sha256 of its object. */
function configuration(plan: RunRecord['ledger']['run']): { name: string; digest?: { sha256: string } }[] {
  return Object.entries(plan.images).map(([name, image]) => {
    const fields = (typeof image === 'object' && image !== null ? image : {}) as Record<string, unknown>;
    const digest = sha256.safeParse(String(fields['commit'] ?? fields['digest'] ?? image).replace(/^sha256:/, ''));
    return { name, ...(digest.success ? { digest: { sha256: digest.data } } : {}) };
  });
}
