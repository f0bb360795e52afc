import { expect } from 'chai';
import { judge, judgeDisk } from './judge.ts';
import { cleanTransition } from './test-transition.ts';

describe('judging a disk from which nothing booted', () => {
  const cut = () => {
    const { after: _after, ...seen } = structuredClone(cleanTransition({ fault: 'before-commit' }));
    return seen;
  };

  it('finds nothing on a disk that is whole', () => {
    expect(judgeDisk(cut())).to.deep.equal([]);
  });

  it('finds what the two views show, and says nothing of a system that nobody saw', () => {
    const t = cut();
    Object.assign(t.offline!, { pickedResolvesTo: null });
    // No boot of this transition: an oracle that took the system before for the one after would find this.
    t.generation += 1;
    t.before.mounts = [];
    const codes = judgeDisk(t).map(({ code, view }) => `${view} ${code}`);
    expect(codes).to.include('firmware picked-entry-lost-after-replay');
    expect(codes.filter((code) => !/^(firmware|kernel) /.test(code))).to.deep.equal([]);
    expect(judge({ ...t, after: t.before }).map(({ code }) => code)).to.include('var-not-mounted');
  });
});
