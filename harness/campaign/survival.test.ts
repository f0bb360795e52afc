import { expect } from 'chai';
import fc from 'fast-check';
import { survivalText, upperBound } from './survival.ts';

describe('survival of a campaign', () => {
  it('gives the exact bound', () => {
    expect(survivalText(0, 60)).to.equal('0 of 60 failed: at most 4.9 %');
    // Tables of Clopper and Pearson, one-sided 95 %.
    expect(upperBound(0, 10)).to.be.closeTo(0.2589, 0.0001);
    expect(upperBound(1, 20)).to.be.closeTo(0.2161, 0.0001);
    expect(upperBound(3, 100)).to.be.closeTo(0.0757, 0.0001);
    expect(upperBound(0, 0)).to.equal(1);
    expect(upperBound(7, 7)).to.equal(1);
    expect(survivalText(0, 0)).to.equal('none cut yet');
  });

  it('never promises less than what was seen, and more cuts without a failure promise more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (count, some) => {
        const failed = some % (count + 1);
        const bound = upperBound(failed, count);
        return bound >= failed / count && bound <= 1 && upperBound(0, count + 1) < upperBound(0, count);
      }),
    );
  });
});
