import { expect } from 'chai';
import { expectedCommits } from './expected-commits.ts';
import { cleanTransition, dir, file, image, type TransitionShape } from './test-transition.ts';

const v1 = image('v1').commit;
const v2 = image('v2').commit;

describe('expectedCommits', () => {
  const table: readonly (readonly [string, TransitionShape, readonly string[], RegExp])[] = [
    ['an update without a fault', {}, [v2], /nothing interrupted/],
    ['a switch without a fault', { kind: 'switch' }, [v2], /nothing interrupted/],
    ['a rollback without a fault', { kind: 'rollback' }, [v2], /nothing interrupted/],
    ['a fault that left the update to its end', { fault: 'none' }, [v2], /to its end/],
    ['a cut before the commit', { fault: 'before-commit' }, [v1], /before the commit was issued/],
    ['a cut between issue and flush', { fault: 'commit-issued' }, [v1, v2], /either/],
    ['a cut after the flush', { fault: 'commit-flushed' }, [v2], /after the commit was flushed/],
    ['a rollback cut before its commit', { kind: 'rollback', fault: 'before-commit' }, [v1], /before the commit/],
    ['an automatic rollback', { kind: 'automatic-rollback' }, [v1], /never became healthy/],
    ['a reboot', { kind: 'reboot' }, [v1], /nothing was changed/],
    ['no update', { kind: 'no-update' }, [v1], /nothing to update/],
    ['a stage', { kind: 'stage-only' }, [v1], /only staged/],
  ];
  for (const [title, shape, commits, reason] of table)
    it(title, () => {
      const expected = expectedCommits(cleanTransition(shape));
      expect(expected.commits).to.deep.equal(commits);
      expect(expected.reason).to.match(reason);
    });

  it('a dropped stage: the old one, wherever the cut fell', () => {
    const t = { ...cleanTransition({ fault: 'none' }), stageDropped: true };
    expect(expectedCommits(t).commits).to.deep.equal([v1]);
  });

  it('a type conflict in /etc: the old one, and the reason names it', () => {
    const to = image('v2', { defaultEtc: { 'app.conf': dir(), 'app.conf/a': file('a') } });
    const expected = expectedCommits(
      cleanTransition({ to, running: 'from', localEtc: { 'app.conf': file('edited') } }),
    );
    expect(expected.commits).to.deep.equal([v1]);
    expect(expected.reason).to.match(/type conflict/);
  });
});
