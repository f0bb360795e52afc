import { expect } from 'chai';
import type { CaseLedger } from '../record/ledger.ts';
import { usedImages } from './used-images.ts';

const ofCase = (parts: Record<string, unknown>): CaseLedger =>
  ({ planned: { scenario: 'a' }, started: {}, steps: [], notes: [], ...parts }) as unknown as CaseLedger;
const provision = (images: unknown) => ({ name: 'provision', details: { images } });
const transition = (from: string, to: string) => ({
  kind: 'transition',
  data: { from: { name: from, digest: '1' }, to: { name: to, digest: '2' } },
});

describe('usedImages', () => {
  it('knows what was installed and updated to, and what the scenario names', () => {
    const one = ofCase({
      steps: [provision(['v1']), provision(['v1', 'v2']), provision(['v1']), { name: 'boot', details: {} }],
      notes: [transition('v1', 'v2-var-lost'), { kind: 'receipt', data: {} }],
    });
    expect(usedImages([one], () => ({ uses: ['v2t'] }))).to.deep.equal({
      images: ['v1', 'v2-var-lost', 'v2t'],
      installs: [['v1'], ['v1', 'v2']],
    });
  });

  it('takes the scenario where the record does not say, and v1 where neither does', () => {
    const bare = ofCase({
      steps: [provision('v9'), { name: 'provision', details: {} }],
      notes: [{ kind: 'transition', data: {} }],
    });
    expect(usedImages([bare], () => ({ start: ['v1-never-syncs'] })).installs).to.deep.equal([['v1-never-syncs']]);
    expect(usedImages([bare], () => undefined)).to.deep.equal({ images: [], installs: [['v1']] });
    expect(usedImages([ofCase({ started: undefined })], () => ({ start: ['v4'] })).installs).to.deep.equal([]);
  });
});
