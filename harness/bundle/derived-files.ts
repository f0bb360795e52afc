import { aboutOf, notCompliance } from '../record/about.ts';
import { coverageOf } from '../record/coverage.ts';
import { exitCodeOf } from '../record/exit-code.ts';
import type { RunRecord } from '../record/run-record.ts';

/** Files of a bundle that say again, for a reader, what the record says: whoever verifies makes them from the record and compares. */
export function derivedFiles({ ledger }: RunRecord): ReadonlyMap<string, Buffer> {
  const { run, cases, counts, countsByKind } = ledger;
  const about = aboutOf(ledger);
  const { cases: planned, planHash, profile, seed } = run;
  const verdicts = {
    notCompliance,
    about: about.text,
    exit: exitCodeOf(ledger),
    counts,
    countsByKind,
    coverage: coverageOf(ledger),
    cases: cases.map((one) => ({
      case: one.planned.case,
      kind: one.kind,
      requirements: one.planned.requirements,
      verdict: one.verdict.verdict,
      reason: one.verdict.reason,
      findingCodes: one.verdict.findingCodes,
      reproduce: one.verdict.reproduce,
    })),
  };
  return new Map([
    ['plan.json', json({ run: run.run, profile, seed, planHash, images: run.images, cases: planned })],
    ['benches.json', json(run.benches)],
    ['verdicts.json', json(verdicts)],
  ]);
}

export function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}
