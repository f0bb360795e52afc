import { expect } from 'chai';
import type { ScenarioSpec } from './api.ts';
import { checkSpec } from './scenario-spec.ts';

const good: ScenarioSpec = { id: 'negative/cut', title: 'a cut', requirements: ['QUAL-001'] };
const problems = (more: Partial<ScenarioSpec>) => checkSpec({ ...good, ...more }, new Set(['QUAL-001']));

describe('the data of a scenario', () => {
  it('may name a broken adapter in a negative', () => {
    expect(
      problems({ adapter: 'cut-without-effect', negative: { verdict: 'broken', codes: ['cut-not-proven'] } }),
    ).to.deep.equal([]);
  });

  it('may not name one where a verdict on the product is asked for', () => {
    expect(problems({ adapter: 'cut-without-effect' }).join()).to.match(/adapter .* for a negative/);
  });

  it('has codes and a bad verdict in a negative, which would be caught by anything otherwise', () => {
    expect(problems({ negative: { verdict: 'failed', codes: [] } }).join()).to.match(/codes/);
    expect(problems({ negative: { verdict: 'failed', codes: ['x'], orCodes: [[]] } }).join()).to.match(/codes/);
    expect(problems({ negative: { verdict: 'passed', codes: ['x'] } }).join()).to.match(/failed or broken/);
  });
});
