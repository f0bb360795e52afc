import { expect } from 'chai';
import { updateCost } from './update-cost.ts';

describe('cost of an update', () => {
  const cost = { transition: 'transition-1', requests: 9, pulledBytes: 38 * 1024 ** 2 };

  it('says what was pulled, and how many layers of how many', () => {
    expect(updateCost({ costs: [{ ...cost, layers: { fetched: 3, reused: 1 } }], writes: [] })).to.deep.equal([
      ['Pulled', 'transition-1: 38.0 MiB in 9 requests, 3 of 4 layers fetched'],
    ]);
    expect(updateCost({ costs: [cost], writes: [] })[0]?.[1]).not.to.include('layers');
  });

  it('is silent where nothing was asked for, and never calls a little nothing', () => {
    expect(updateCost({ costs: [{ ...cost, requests: 0, pulledBytes: 0 }], writes: [] })).to.deep.equal([]);
    expect(updateCost({ costs: [{ ...cost, pulledBytes: 1 }], writes: [] })[0]?.[1]).to.include('< 0.1 MiB');
  });

  it('says what a recorded update wrote, by phase', () => {
    const writes = {
      writtenBytes: 3 * 1024 ** 2,
      flushes: 12,
      phases: { pull: { writtenBytes: 2 * 1024 ** 2, flushes: 7 } },
    };
    expect(updateCost({ costs: [], writes: [writes] })).to.deep.equal([
      ['Written (bytes/flushes)', '3.0 MiB/12 recorded, pull 2.0 MiB/7'],
    ]);
  });
});
