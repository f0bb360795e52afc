import { expect } from 'chai';
import type { Ledger } from './ledger.ts';
import { digestOf } from './run-digest.ts';

const note = (kind: string, data: unknown) => ({ event: 'note', case: 'update/update', kind, data });
const ledgerOf = (notes: readonly unknown[]): Pick<Ledger, 'run' | 'cases'> =>
  ({
    run: {
      run: 'r',
      at: '2026-11-21T00:00:00Z',
      profile: 'p',
      seed: 1,
      tool: { version: '1', commit: 'c' },
      images: {},
    },
    cases: [
      {
        planned: { case: 'update/update', scenario: 'update/update' },
        kind: 'positive',
        verdict: { verdict: 'passed', findingCodes: [], durationMs: 1 },
        findings: [],
        steps: [],
        notes,
      },
    ],
  }) as unknown as Pick<Ledger, 'run' | 'cases'>;

describe('digest of a run', () => {
  it('has the bytes of every transition as its note says them, the first one too', () => {
    const cost = (pulledBytes: number) => note('update-cost', { transition: 't', requests: 1, pulledBytes });
    const other = note('update-cost', { pulledBytes: 'many' });
    expect(digestOf(ledgerOf([cost(500), other, cost(20)])).pulledBytes).to.deep.equal([500, 20]);
  });

  it('has the times of phases beside those of steps', () => {
    expect(digestOf(ledgerOf([note('phase-times', { phasesMs: { pull: 41.4 } })])).stepsMs).to.deep.equal({
      'phase pull': [41],
    });
  });
});
