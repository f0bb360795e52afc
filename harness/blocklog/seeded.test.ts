import { expect } from 'chai';
import { seeded } from './seeded.ts';

describe('seeded', () => {
  it('gives the published mulberry32 sequence', () => {
    const random = seeded(1);
    expect([random.next(), random.next(), random.next()].map((value) => Math.round(value * 2 ** 32))).to.deep.equal([
      2693262067, 11749833, 2265367787,
    ]);
  });

  it('repeats for a seed and differs for another', () => {
    const take = (seed: number): number[] => {
      const random = seeded(seed);
      return Array.from({ length: 20 }, () => random.integer(1000));
    };
    expect(take(7)).to.deep.equal(take(7));
    expect(take(7)).to.not.deep.equal(take(8));
    expect(take(7).every((value) => value >= 0 && value < 1000)).to.equal(true);
  });
});
