import { expect } from 'chai';
import { codesAfter, detached, present } from './test-breakage.ts';
import { cleanTransition } from './test-transition.ts';

const offline = (fault: 'before-commit' | 'commit-flushed') => detached(present(cleanTransition({ fault }).offline));

describe('oracle 8: no way back', () => {
  it('the kernel sees the old system picked after the commit was flushed', () => {
    expect(codesAfter({ fault: 'commit-flushed' }, (t) => (t.offline = offline('before-commit')))).to.deep.equal([
      'picks-old-after-commit',
    ]);
  });

  it('unless the new one had used its attempts up', () => {
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => {
        t.offline = offline('before-commit');
        t.attempts = { used: 3, granted: 3 };
      }),
    ).to.deep.equal([]);
  });

  it('the new system is picked although its commit was never issued', () => {
    expect(codesAfter({ fault: 'before-commit' }, (t) => (t.offline = offline('commit-flushed')))).to.deep.equal([
      'picks-new-before-commit',
    ]);
  });

  it('an automatic rollback before, and after, the attempts were used up', () => {
    const kind = 'automatic-rollback';
    expect(codesAfter({ kind }, (t) => (t.attempts = { used: 2, granted: 3 }))).to.deep.equal(['rolled-back-early']);
    expect(codesAfter({ kind }, (t) => (t.attempts = { used: 4, granted: 3 }))).to.deep.equal(['rolled-back-late']);
    expect(codesAfter({ kind }, (t) => delete t.attempts)).to.deep.equal(['attempts-not-counted']);
  });

  it('the next boot goes back after a fault that the update survived', () => {
    for (const kind of ['update', 'switch', 'rollback'] as const)
      for (const fault of ['commit-flushed', 'none'] as const)
        expect(
          codesAfter({ kind, fault }, (t) => {
            t.completed = false;
            t.after.boot.default = 'ostree-1.conf';
          }),
          `${kind} ${fault}`,
        ).to.deep.equal(['next-boot-picks-old']);
  });

  it('the next boot goes back, or forth to the system that failed', () => {
    expect(codesAfter({}, (t) => (t.after.boot.default = 'ostree-1.conf'))).to.deep.equal(['next-boot-picks-old']);
    expect(codesAfter({ kind: 'automatic-rollback' }, (t) => (t.after.boot.default = 'ostree-1.conf'))).to.deep.equal([
      'next-boot-picks-failed',
    ]);
  });
});
