import { expect } from 'chai';
import fc from 'fast-check';
import { boundaryBetween } from './boundary.ts';

describe('boundaryBetween', () => {
  it('ends at neighbours of which one is good and one bad, from either side', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 40 }), async (turns) => {
        const fails = (at: number): boolean => turns.filter((turn) => turn <= at).length % 2 === 1;
        const [low, high] = [Math.min(...turns) - 1, Math.min(...turns)];
        for (const other of [high, 1001].filter(fails)) {
          const { good, bad } = await boundaryBetween({ good: low, bad: other }, fails);
          expect([bad - good, fails(good), fails(bad)]).to.deep.equal([1, false, true]);
        }
        const end = 1001;
        if (fails(end)) return;
        const { good, bad } = await boundaryBetween({ good: end, bad: high }, fails);
        expect([good - bad, fails(good), fails(bad)]).to.deep.equal([1, false, true]);
      }),
    );
  });

  it('stops when its tests are used up, with what it has', async () => {
    let tests = 0;
    const fails = (at: number): boolean => {
      tests += 1;
      return at >= 700;
    };
    expect(await boundaryBetween({ good: 0, bad: 1024 }, fails, 3)).to.deep.equal({ good: 640, bad: 768 });
    expect(tests).to.equal(3);
    expect(await boundaryBetween({ good: 0, bad: 1024 }, fails, 0)).to.deep.equal({ good: 0, bad: 1024 });
  });
});
