import { expect } from 'chai';
import { judge } from './judge.ts';
import { codesAfter, present } from './test-breakage.ts';
import { cleanTransition, file } from './test-transition.ts';

describe('oracle 7: /var', () => {
  it('not mounted, or from memory, or from inside a deployment', () => {
    expect(
      codesAfter({}, (t) => (t.after.mounts = t.after.mounts.filter(({ target }) => target !== '/var'))),
    ).to.deep.equal(['var-not-mounted']);
    const from = (source: string, fstype: string) =>
      codesAfter({}, (t) =>
        Object.assign(present(t.after.mounts.find(({ target }) => target === '/var')), { source, fstype }),
      );
    expect(from('tmpfs', 'tmpfs')).to.deep.equal(['var-not-mounted']);
    expect(from('/dev/vda3[/ostree/deploy/dev/deploy/abc.0/var]', 'ext4')).to.deep.equal(['var-not-mounted']);
    expect(from('/dev/vda3[/ostree/deploy/other/var]', 'ext4')).to.deep.equal(['var-not-mounted']);
    expect(from('/dev/vda4', 'xfs')).to.deep.equal([]);
    expect(from('/dev/vda3[/state/os/dev/var]', 'ext4')).to.deep.equal([]);
  });

  const lose: readonly (readonly [string, string, Parameters<typeof codesAfter>[1]])[] = [
    ['gone', 'canary-lost', (t) => delete present(t.after.canaries)['plain']],
    [
      'other bytes of the same length',
      'canary-content-changed',
      (t) => (present(t.after.canaries)['plain'] = file('plaim')),
    ],
    ['cut short', 'canary-content-changed', (t) => (present(t.after.canaries)['plain'] = file(''))],
    ['another target', 'canary-content-changed', (t) => (present(present(t.after.canaries)['link']).target = 'x')],
    ['another mode', 'canary-metadata-changed', (t) => (present(present(t.after.canaries)['attributes']).mode = 0o711)],
    ['another owner', 'canary-metadata-changed', (t) => (present(present(t.after.canaries)['attributes']).uid = 0)],
    [
      'a lost attribute',
      'canary-metadata-changed',
      (t) => delete present(present(t.after.canaries)['attributes']).xattrs,
    ],
    [
      'a hard link torn apart',
      'canary-metadata-changed',
      (t) => delete present(present(t.after.canaries)['twin']).hardlinkOf,
    ],
    [
      'a hard link too many',
      'canary-metadata-changed',
      (t) => (present(present(t.after.canaries)['attributes']).hardlinkOf = 'plain'),
    ],
  ];
  for (const [title, code, change] of lose)
    it(`an acknowledged canary: ${title}`, () => expect(codesAfter({}, change)).to.deep.equal([code]));

  it('no tree at all: all of them, and all generations', () => {
    expect(codesAfter({}, (t) => delete t.after.canaries)).to.deep.equal(['canary-lost', 'var-went-back']);
  });

  it('on the disk between cut and boot as well', () => {
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => delete present(present(t.offline).kernel.canaries)['plain']),
    ).to.deep.equal(['canary-lost']);
  });

  it('no tree on the disk between cut and boot: lost, but where /var is a file system of its own, which nobody read', () => {
    const without = (source: string) =>
      codesAfter({ fault: 'commit-flushed' }, (t) => {
        present(t.offline).kernel.canaries = {};
        for (const { mounts } of [t.before, t.after])
          present(mounts.find(({ target }) => target === '/var')).source = source;
      });
    expect(without('/dev/vda3[/ostree/deploy/dev/var]')).to.deep.equal(['canary-lost', 'var-went-back']);
    expect(without('/dev/vda5')).to.deep.equal([]);
  });

  it('which name of an inode comes first does not matter', () => {
    expect(
      codesAfter({}, (t) => {
        const tree = present(t.after.canaries);
        tree['plain'] = file('plain', { hardlinkOf: 'twin' });
        tree['twin'] = file('plain');
      }),
    ).to.deep.equal([]);
  });

  it('what was never fsynced may be absent, empty, old or new, and nothing else', () => {
    const late = (change: (tree: Record<string, ReturnType<typeof file>>) => void) =>
      codesAfter({}, (t) => {
        t.before.canaries = { ...t.before.canaries, late: file('late, old') };
        change(present(t.after.canaries));
      });
    expect(late((tree) => delete tree['late'])).to.deep.equal([]);
    expect(late((tree) => (tree['late'] = file('')))).to.deep.equal([]);
    expect(late((tree) => (tree['late'] = file('late, old')))).to.deep.equal([]);
    expect(late((tree) => (tree['late'] = file('\0\0\0\0\0\0\0\0\0')))).to.deep.equal(['canary-garbled']);
  });

  it('going back in time', () => {
    expect(codesAfter({}, (t) => delete present(t.after.canaries)['generation/2'])).to.deep.equal(['var-went-back']);
    expect(codesAfter({}, (t) => (t.generation = 1))).to.deep.equal([]);
  });

  it('other drift is a note, and what a control run writes is not even that', () => {
    const t = cleanTransition();
    const drifted = { ...t, after: { ...t.after, var: { ...t.after.var, 'lib/x': file('x'), 'log/a': file('a') } } };
    expect(judge(drifted).map(({ code, severity, details }) => [code, severity, details['paths']])).to.deep.equal([
      ['var-drift', 'note', { count: 1, first: ['lib/x'] }],
    ]);
  });
});
