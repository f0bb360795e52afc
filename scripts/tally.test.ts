import { expect } from 'chai';
import fc from 'fast-check';
import { kinds, Tally } from './tally.mjs';

const of = (passed: number, failed = 0, left = 0) => ({ passed, failed, left });

/** A run in which every kind has passed. */
function good() {
  const tally = new Tally();
  tally.add('lint', 0);
  tally.add('mocha', 0, { unit: of(500), contract: of(20) });
  tally.add('device', 0, { device: of(8), negative: of(3) });
  return tally;
}

describe('tally of a test run', () => {
  it('ends with the counts of each kind and their sum', () => {
    expect(good().sum()).to.deep.equal({
      lines: ['unit: 500', 'contract: 20', 'device: 8', 'negative: 3', '531 passed, 0 failed'],
      passed: 531,
      failed: 0,
    });
  });

  it('counts a stage that failed without a test of its own', () => {
    const tally = good();
    tally.add('types', 2);
    const { lines, failed } = tally.sum();
    expect(failed).to.equal(1);
    expect(lines).to.include('failed: types ended with 2');
    expect(lines.at(-1)).to.equal('531 passed, 1 failed');
  });

  it('does not count a stage a second time whose tests failed, and names them', () => {
    const tally = good();
    tally.add('mocha', 1, { unit: of(10, 2) }, ['an update: 1 is not 2', 'a cut: no']);
    const { lines } = tally.sum();
    expect(lines.slice(0, 2)).to.deep.equal(['failed: an update: 1 is not 2', 'failed: a cut: no']);
    expect(lines.at(-1)).to.equal('541 passed, 2 failed');
  });

  it('counts a stage that was not begun', () => {
    const tally = good();
    tally.add('types', 'not begun');
    expect(tally.sum()).to.deep.include({ failed: 1 });
  });

  it('fails when a kind did not run at all, even if its stage ended well', () => {
    const tally = new Tally();
    tally.add('mocha', 0, { unit: of(500), contract: of(20) });
    tally.add('device', 0, { device: of(8), negative: of(0, 0, 3) });
    const { lines, failed } = tally.sum();
    expect(failed).to.equal(1);
    expect(lines).to.include('failed: no negative test ran');
    expect(lines).to.include('negative neither passed nor failed: 3');
    expect(lines).to.include('negative: 0');
  });

  it('never says 0 failed when something did, and its last line is always the sum', () => {
    const count = fc.record({ passed: fc.nat(9), failed: fc.nat(3), left: fc.nat(3) });
    const counts = fc.dictionary(fc.constantFrom(...kinds), count);
    const stage = fc.record({ code: fc.constantFrom(0, 1, 130), counts });
    fc.assert(
      fc.property(fc.array(stage), (stages) => {
        const tally = good();
        for (const { code, counts } of stages) tally.add('stage', code, counts);
        const { lines, passed, failed } = tally.sum();
        expect(lines.at(-1)).to.equal(`${passed} passed, ${failed} failed`);
        const bad = stages.some(
          ({ code, counts }) => code !== 0 || Object.values(counts).some((each) => each.failed > 0),
        );
        expect(failed > 0).to.equal(bad);
      }),
    );
  });
});
