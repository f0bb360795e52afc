// @ts-check
// Prints the counts of a run as JSON, from its ledger: node --import tsx scripts/record-counts.mjs RUN-DIRECTORY
import { pathToFileURL } from 'node:url';
import { countsAsFailed } from '../harness/record/exit-code.ts';
import { openRun } from '../harness/record/run-record.ts';

/**
 * Every planned case is passed, failed or not applicable; one without a verdict in the record is failed.
 * @param {import('../harness/record/ledger.ts').Ledger} ledger
 * @returns {{ counts: Record<'device' | 'negative', import('./tally.mjs').Count>, failures: string[] }}
 */
export function countsOf(ledger) {
  const counts = { device: { passed: 0, failed: 0, left: 0 }, negative: { passed: 0, failed: 0, left: 0 } };
  const failures = [];
  for (const { planned, kind, verdict } of ledger.cases) {
    const count = counts[kind === 'negative' ? 'negative' : 'device'];
    if (verdict.verdict === 'not-applicable') count.left += 1;
    else if (['passed', 'known-issue'].includes(verdict.verdict) && !countsAsFailed(verdict)) count.passed += 1;
    else {
      count.failed += 1;
      failures.push(`${planned.case}: ${verdict.verdict}: ${verdict.reason}`);
    }
  }
  return { counts, failures };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { ledger } = await openRun(process.argv[2] ?? '');
  console.log(JSON.stringify({ ...countsOf(ledger), missing: ledger.missing, problems: ledger.problems }));
}
