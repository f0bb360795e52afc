import { expect } from 'chai';
import type { SecondOrder } from './explore-samples.ts';
import { verdictOf } from './explore-verdict.ts';

const boot = { boots: 'old' as const, lastLine: '' };
const nothing = { exploration: { disagreements: [] }, classes: [], finished: true, sampled: [], second: [] };
const second = (change: Partial<SecondOrder>): SecondOrder => ({
  ...{ state: '7.abc', predicted: 'old', booted: boot, enumerated: 9, unique: 3, finished: true, failing: [] },
  again: { running: 'v2', codes: [] },
  ...change,
});

describe('verdict of an exploration', () => {
  it('passes when nothing was found, also with boots at random and second cuts', () => {
    const sampled = [{ state: '5.abc', predicted: 'old' as const, booted: boot }];
    expect(verdictOf({ ...nothing, sampled, second: [second({})] }).verdict).to.equal('passed');
  });

  it('is broken when a boot at random, or the first boot of a second cut, ended otherwise than predicted', () => {
    const wrong = { state: '5.abc', predicted: 'new' as const, booted: boot };
    expect(verdictOf({ ...nothing, sampled: [wrong] })).to.include({ verdict: 'broken', code: 'prediction-wrong' });
    expect(verdictOf({ ...nothing, second: [second(wrong)] })).to.include({ code: 'prediction-wrong' });
  });

  it('counts one state as one', () => {
    const unsound = { name: 'boots nothing', boots: 'nothing', sound: false, states: 1, state: '3.def', findings: [] };
    const reasonOf = (states: number) => verdictOf({ ...nothing, classes: [{ ...unsound, states } as never] }).reason;
    expect(reasonOf(1)).to.match(/^1 crash state is neither/);
    expect(reasonOf(2)).to.match(/^2 crash states are neither/);
  });

  it('fails when a cut during the recovery leaves neither system', () => {
    const failing = [{ name: 'nothing: no-boot-entry', states: 2, state: '3.def' }];
    const verdict = verdictOf({ ...nothing, second: [second({}), second({ failing })] });
    expect(verdict).to.include({ verdict: 'failed', code: 'recovery-state-unsound', blame: 'product' });
    expect(verdict.reason).to.contain('7.abc').and.contain('nothing: no-boot-entry');
  });

  it('fails when the update begun again ends with a finding', () => {
    const verdict = verdictOf({ ...nothing, second: [second({ again: { running: 'v1', codes: ['not-updated'] } })] });
    expect(verdict).to.deep.include({ code: 'update-not-idempotent', findingCodes: ['not-updated'] });
  });

  it('is not passed while states are left, of the update or of a recovery', () => {
    expect(verdictOf({ ...nothing, finished: false }).verdict).to.equal('aborted');
    expect(verdictOf({ ...nothing, second: [second({ finished: false })] }).verdict).to.equal('aborted');
  });
});
