import { expect } from 'chai';
import fc from 'fast-check';
import { minimalSubset } from './minimal-subset.ts';

describe('minimalSubset', () => {
  const numbers = Array.from({ length: 200 }, (_, i) => i);

  it('finds the few that matter', () => {
    const needs = (...wanted: number[]) => minimalSubset(numbers, (some) => wanted.every((one) => some.includes(one)));
    for (const wanted of [[], [0], [199], [3, 4], [0, 100, 199]]) expect(needs(...wanted)).to.deep.equal(wanted);
    expect(minimalSubset(numbers, (some) => some.length === 200)).to.have.length(200);
    expect(minimalSubset([], () => true)).to.deep.equal([]);
  });

  it('does not take a hundred times as many judgements as it has to', () => {
    let judged = 0;
    minimalSubset(numbers, (some) => {
      judged += 1;
      return some.includes(150);
    });
    expect(judged).to.be.below(20);
  });

  it('ends with what fails, and fails no more without any one of it, whatever fails', () => {
    const sets = fc.array(fc.uniqueArray(fc.nat(11), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sets, fc.boolean(), (causes, odd) => {
        const all = numbers.slice(0, 12);
        // several causes, and one that another write covers: not monotone
        const fails = (some: readonly number[]): boolean =>
          causes.some((cause) => cause.every((one) => some.includes(one))) &&
          !(odd && some.includes(5) && some.length < 6);
        if (!fails(all)) return;
        const found = minimalSubset(all, fails);
        expect(fails(found)).to.equal(true);
        for (const one of found)
          if (found.length > 1) expect(fails(found.filter((other) => other !== one))).to.equal(false);
      }),
    );
  });
});
