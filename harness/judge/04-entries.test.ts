import { expect } from 'chai';
import { codesAfter, present, type Writable } from './test-breakage.ts';
import { image } from './test-transition.ts';
import type { Transition } from './transition.ts';

describe('oracle 4: boot entries', () => {
  it('an entry that leads nowhere, live and after replay', () => {
    expect(codesAfter({}, (t) => delete present(t.after.boot.entries[1]).resolvesTo)).to.deep.equal([
      'entry-unresolved',
    ]);
    expect(
      codesAfter(
        { fault: 'commit-flushed' },
        (t) => (present(present(t.offline).kernel.boot.entries[1]).resolvesTo = 'dev/gone.0'),
      ),
    ).to.deep.equal(['entry-unresolved']);
  });

  it('a staged deployment that can be booted already', () => {
    expect(
      codesAfter({}, (t) => {
        const staged = present(t.staged);
        staged.boot.entries.push({
          ...present(staged.boot.entries[0]),
          file: 'ostree-2.conf',
          resolvesTo: `dev/${image('v2').commit}.0`,
        });
      }),
    ).to.deep.equal(['staged-has-entry']);
  });

  const left: readonly (readonly [string, (t: Writable<Transition>) => void])[] = [
    ['leftover-deployment', (t) => t.after.leftovers.deploymentDirs.push('dev/old.0')],
    ['leftover-loader', (t) => t.after.leftovers.loaderDirs.push('/boot/loader.2')],
    ['leftover-boot-dir', (t) => t.after.leftovers.bootOstreeDirs.push('/boot/ostree/dev-old')],
    ['leftover-bootlink', (t) => t.after.leftovers.bootlinks.push('/ostree/boot.2')],
    ['leftover-bootlink', (t) => t.after.leftovers.bootlinks.push('boot.1.0')],
    ['leftover-repo-tmp', (t) => t.after.leftovers.repoTmp.push('staging-1')],
  ];
  for (const [code, leave] of left) {
    it(`after a completed update: ${code}`, () => expect(codesAfter({}, leave)).to.deep.equal([code]));
    it(`after an interrupted one it may wait for the next: ${code}`, () =>
      expect(codesAfter({ fault: 'before-commit' }, leave)).to.deep.equal([]));
    for (const kind of ['reboot', 'no-update'] as const)
      it(`where there was no update to make (${kind}) it may wait, if it was there before: ${code}`, () => {
        const alsoBefore: typeof leave = (t) => [t, { ...t, after: t.before }].forEach(leave);
        const ended =
          (change: typeof leave): typeof leave =>
          (t) =>
            change(Object.assign(t, { completed: true }));
        expect(codesAfter({ kind }, ended(leave))).to.deep.equal([code]);
        expect(codesAfter({ kind }, ended(alsoBefore))).to.deep.equal([]);
        expect(codesAfter({}, alsoBefore)).to.deep.equal([code]);
      });
  }
});
