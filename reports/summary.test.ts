import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Ledger } from '../harness/record/ledger.ts';
import { openRun } from '../harness/record/run-record.ts';
import { summary, useColour } from './summary.ts';

const stored = fileURLToPath(new URL('./fixtures/v1', import.meta.url));

describe('summary', () => {
  let ledger: Ledger;
  before(async () => (ledger = (await openRun(stored)).ledger));

  it('has a line a case, the counts with not-applicable first, and the exit code', () => {
    const text = summary(ledger);
    for (const { planned, verdict } of ledger.cases)
      expect(text).to.match(new RegExp(`^${verdict.verdict} .*s  ${planned.case}$`, 'm'));
    expect(text).to.match(/^10 % not applicable \(1 of 10\), 2 passed, 2 failed, 1 broken/m);
    expect(text).to.contain('1 of 2 negatives caught');
    expect(text).to.contain('The harness ended early. Exit code 4: 2 aborted');
  });

  it('fits the terminal, and never cuts the path of a report', () => {
    const path = `/long/${'x'.repeat(300)}/report.html`;
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 200 }), (columns) => {
        const lines = summary(ledger, { columns, reports: [{ format: 'html', path }] }).split('\n');
        const longest = Math.max(...lines.filter((line) => !/^html|^ +again: /.test(line)).map((line) => line.length));
        expect(longest).to.be.at.most(columns);
        expect(lines).to.include(`html  ${path}`);
      }),
    );
  });

  it('keeps the verdict apart from a time of hours and minutes, and puts the reason below the case', () => {
    const [first] = ledger.cases;
    if (!first) throw new Error('no case');
    const long = { ...first, verdict: { ...first.verdict, verdict: 'failed' as const, durationMs: 3_000_000_000 } };
    const [line = ''] = summary({ ...ledger, cases: [long] }).split('\n');
    expect(line).to.match(/^failed \d+ h \d\d min {2}/);
    const short = { ...long, verdict: { ...long.verdict, durationMs: 727_000, reason: 'why' } };
    const lines = summary({ ...ledger, cases: [short] }).split('\n');
    expect(lines[0]).to.match(/^failed +12 min 07 s {2}/);
    expect(lines[1]?.indexOf('why')).to.equal(lines[0]?.indexOf(first.planned.case));
  });

  it('prints the line that does a failed case again, whole, and none for what passed', () => {
    const again = `npx bootproof run --seed 7 ${'x'.repeat(300)}`;
    const cases = ledger.cases.map((one) => ({ ...one, verdict: { ...one.verdict, reproduce: again } }));
    const bad = cases.filter(({ verdict }) => verdict.verdict === 'failed' || verdict.verdict === 'broken');
    const lines = summary({ ...ledger, cases }, { columns: 60 }).split('\n');
    expect(bad).to.have.length(3);
    expect(lines.filter((line) => line.endsWith(`again: ${again}`))).to.have.length(3);
  });

  it('says which report is missing and why', () => {
    const reports = [{ format: 'allure', path: '/x', error: 'no Java' }];
    expect(summary(ledger, { reports })).to.contain('allure  not written: no Java');
  });

  it('says below a report what else came of it', () => {
    const reports = [{ format: 'traces', path: '/x', note: 'not sent to \u001b[2Jhttp://collector' }];
    expect(summary(ledger, { reports })).to.contain('traces  /x\n        not sent to http://collector\n');
  });

  it('has control sequences in colour only, and none that came from the record', () => {
    expect(summary(ledger)).not.to.contain('\u001b');
    const [first] = ledger.cases;
    if (!first) throw new Error('no case');
    const evil = { ...first, verdict: { ...first.verdict, reason: '\u001b[2J\u001b]0;owned\u0007' } };
    const coloured = summary({ ...ledger, cases: [evil] }, { colour: true });
    expect(coloured.match(/\u001b\[\d+m/g)).to.have.length(2);
    expect(coloured).not.to.contain('[2J');
    expect(coloured.split('\u001b')).to.have.length(3);
  });

  it('uses colour on a terminal alone, and not where NO_COLOR is set', () => {
    expect(useColour({ isTTY: true }, {})).to.equal(true);
    expect(useColour({ isTTY: true }, { NO_COLOR: '' })).to.equal(true);
    expect(useColour({ isTTY: true }, { NO_COLOR: '1' })).to.equal(false);
    expect(useColour({ isTTY: true }, { TERM: 'dumb' })).to.equal(false);
    expect(useColour({}, {})).to.equal(false);
  });
});
