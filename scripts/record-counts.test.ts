import { expect } from 'chai';
import type { RecordEvent, VerdictKind } from '../harness/record/event.ts';
import { ledgerOf } from '../harness/record/ledger.ts';
import { countsOf } from './record-counts.mjs';

interface Case {
  readonly verdict?: VerdictKind;
  readonly negative?: boolean;
  readonly expires?: string;
  readonly reason?: string;
}

/** A ledger with these cases; what a count does not look at is left empty. */
function ledger(cases: readonly Case[]) {
  const at = '2026-06-01T00:00:00.000Z';
  const planned = cases.map(({ negative }, index) => ({
    case: `case-${index}`,
    ...(negative ? { negative: { verdict: 'failed', codes: ['x'] } } : {}),
  }));
  const verdicts = cases.flatMap(({ verdict, expires, reason }, index) => {
    if (!verdict) return [];
    const knownIssue = expires ? { knownIssue: { tracker: 'T-1', expires } } : {};
    return [{ event: 'verdict', at, case: `case-${index}`, verdict, reason, ...knownIssue }];
  });
  return ledgerOf([{ event: 'planned', at, cases: planned }, ...verdicts] as unknown as RecordEvent[]);
}

describe('counts of a run', () => {
  it('tells negatives from the others', () => {
    const { counts } = countsOf(
      ledger([{ verdict: 'passed' }, { verdict: 'passed', negative: true }, { verdict: 'failed' }]),
    );
    expect(counts).to.deep.equal({
      device: { passed: 1, failed: 1, left: 0 },
      negative: { passed: 1, failed: 0, left: 0 },
    });
  });

  it('fails a planned case without a verdict, and one that is broken, aborted or not run', () => {
    const verdicts = ['broken', 'aborted', 'not-run'] as const;
    const { counts, failures } = countsOf(ledger([{}, ...verdicts.map((verdict) => ({ verdict, reason: 'why' }))]));
    expect(failures.slice(1)).to.deep.equal(['case-1: broken: why', 'case-2: aborted: why', 'case-3: not-run: why']);
    expect(counts.device).to.deep.equal({ passed: 0, failed: 4, left: 0 });
  });

  it('counts a known issue as passed until it expires', () => {
    const known = { verdict: 'known-issue' } as const;
    const { counts } = countsOf(
      ledger([
        { ...known, expires: '2026-06-01' },
        { ...known, expires: '2026-05-31' },
      ]),
    );
    expect(counts.device).to.deep.equal({ passed: 1, failed: 1, left: 0 });
  });

  it('counts what is not applicable as neither', () => {
    const { counts } = countsOf(ledger([{ verdict: 'not-applicable' }]));
    expect(counts.device).to.deep.equal({ passed: 0, failed: 0, left: 1 });
  });
});
