import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { QualificationStanding } from '../harness/record/qualification-standing.ts';
import { openRun, type RunRecord } from '../harness/record/run-record.ts';
import { otlpAttributes, otlpSpans } from './fixtures/otlp-check.ts';
import { htmlReport } from './html.ts';
import { junitReport } from './junit.ts';
import { openMetrics } from './openmetrics.ts';
import { summary } from './summary.ts';
import { otlpJsonLines, traceBatches } from './traces.ts';

const of = { sha256: 'e'.repeat(64), version: '0.1.0', commit: 'c', mutants: { killed: 9, lived: 0, notRun: 2 } };
const outside: QualificationStanding = {
  status: 'outside',
  of,
  differences: [{ name: 'qemu', present: '10.0.2<b>', qualified: '7.2.22' }],
};

describe('the standing to a qualification, in reports', () => {
  let stored: RunRecord;
  before(async () => (stored = await openRun(fileURLToPath(new URL('./fixtures/v1', import.meta.url)))));

  function withStanding(qualification: unknown): RunRecord {
    const { ledger } = stored;
    return { ...stored, ledger: { ...ledger, run: { ...ledger.run, host: { ...ledger.run.host, qualification } } } };
  }
  const reportsOf = async (run: RunRecord) => ({
    summary: summary(run.ledger),
    html: await htmlReport(run),
    junit: junitReport(run.ledger),
    traces: JSON.stringify(otlpAttributes(otlpSpans(otlpJsonLines(traceBatches(run.ledger)))[0]!)),
  });

  it('is told in each when it is outside, escaped', async () => {
    const run = withStanding(outside);
    for (const [name, text] of Object.entries(await reportsOf(run)))
      expect(text, name).to.match(/Outside of the qualified configuration: qemu 10\.0\.2(<|&#60;|&lt;)b/);
    const { html, junit } = await reportsOf(run);
    expect(html + junit).not.to.contain('<b>;');
    expect(openMetrics(run.ledger)).to.contain('bootproof_run_qualified{standing="outside"} 0\n');
  });

  it('changes no verdict', () => {
    const verdicts = ({ ledger }: RunRecord) =>
      summary(ledger)
        .split('\n')
        .filter((line) => !line.startsWith('Outside'));
    expect(verdicts(withStanding(outside))).to.deep.equal(verdicts(stored));
  });

  it('takes no line of a terminal when all is well', async () => {
    const run = withStanding({ ...outside, status: 'inside', differences: [] });
    const { summary: text, html, junit } = await reportsOf(run);
    expect(text).to.equal(summary(stored.ledger));
    expect(html).to.contain('Qualified configuration (9 of 9 mutants killed, 2 not run).').and.contain('e'.repeat(64));
    expect(junit).to.contain('Qualified configuration (9 of 9');
    expect(openMetrics(run.ledger)).to.contain('bootproof_run_qualified{standing="inside"} 1\n');
  });

  it('is not made up for a record that has none, or one that cannot be read', async () => {
    for (const run of [stored, withStanding({ status: 'inside' }), withStanding('yes')]) {
      const { html, ...others } = await reportsOf(run);
      expect(html).to.contain('Not in this record.');
      for (const text of Object.values(others)) expect(text).not.to.match(/ualified configuration/);
      expect(openMetrics(run.ledger)).not.to.contain('qualified');
    }
  });
});
