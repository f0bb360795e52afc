import { expect } from 'chai';
import { judgeRecovery, type Recovery } from './09-recovery.ts';

describe('oracle 9: recovery', () => {
  const codes = (recovery: Recovery) => judgeRecovery(recovery).map(({ code }) => code);

  it('the update completed, with a rollback that boots or with nothing to go back to', () => {
    expect(codes({ asked: 'v2', updated: 'v2', rollback: { to: 'v1', running: 'v1' } })).to.deep.equal([]);
    expect(codes({ asked: 'v2', updated: 'v2' })).to.deep.equal([]);
  });

  it('an update that cannot be completed, and a rollback that does not boot', () => {
    expect(codes({ asked: 'v2', updated: 'v1' })).to.deep.equal(['update-not-completable']);
    expect(codes({ asked: 'v2', updated: 'v2', rollback: { to: 'v1', running: 'v2' } })).to.deep.equal([
      'rollback-does-not-boot',
    ]);
  });
});
