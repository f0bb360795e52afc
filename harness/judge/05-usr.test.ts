import { expect } from 'chai';
import { codesAfter, present } from './test-breakage.ts';
import { digest, image } from './test-transition.ts';

describe('oracle 5: /usr', () => {
  it('differs from its commit, running or on the disk', () => {
    expect(codesAfter({}, (t) => present(t.after.usr).differences.push('bin/sh: content'))).to.deep.equal([
      'usr-modified',
    ]);
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) =>
        present(present(t.offline).kernel.usr).differences.push('bin/sh: empty'),
      ),
    ).to.deep.equal(['usr-modified']);
  });

  it('can be written', () => {
    expect(codesAfter({}, (t) => (t.after.usrReadOnly = false))).to.deep.equal(['usr-not-read-only']);
    expect(codesAfter({}, (t) => (t.after.usrWriteRefused = false))).to.deep.equal(['usr-write-accepted']);
  });

  it('has objects that the update client itself finds damaged, and were not before', () => {
    const check = (outcome: 'clean' | 'problems' | 'not-ended') => ({
      command: 'bootc internals fsck',
      outcome,
      problems: outcome === 'problems' ? ['fsck error: fsverity'] : [],
    });
    expect(codesAfter({}, (t) => (t.after.clientCheck = check('clean')))).to.deep.equal([]);
    expect(codesAfter({}, (t) => (t.after.clientCheck = check('problems')))).to.deep.equal(['client-check-failed']);
    expect(codesAfter({}, (t) => (t.after.clientCheck = check('not-ended')))).to.deep.equal(['client-check-not-ended']);
    expect(
      codesAfter({}, (t) => (t.before.clientCheck = t.after.clientCheck = check('problems'))),
      'no news',
    ).to.deep.equal([]);
  });

  it('is not what its image was sealed with: the root is no composefs image, is mounted without fs-verity, is another one', () => {
    const seal = (name: string) => ({ composefs: digest(`composefs ${name}`), verity: true });
    const update = { from: image('v1', { seal: seal('v1') }), to: image('v2', { seal: seal('v2') }) };
    const found = (composefs: { verityRequired: boolean; digest?: string } | undefined, shape: object = update) =>
      codesAfter(shape, (t) => {
        if (composefs) t.after.composefs = composefs;
        else delete t.after.composefs;
      });
    const is = (name: string) => ({ verityRequired: true, digest: seal(name).composefs });

    expect(found(is('v2'))).to.deep.equal([]);
    expect(found(undefined)).to.deep.equal(['usr-not-sealed']);
    expect(found({ ...is('v2'), verityRequired: false })).to.deep.equal(['usr-not-sealed']);
    expect(found(is('v1'))).to.deep.equal(['usr-seal-of-another']);
    expect(found({ verityRequired: true }), 'never clean without a word').to.deep.equal(['usr-seal-not-measured']);
    expect(found(is('v1'), { ...update, kind: 'no-update' }), 'the one that runs').to.deep.equal([]);
    expect(found(undefined, {}), 'nobody said that it is sealed').to.deep.equal([]);
    const loose = { ...update, to: image('v2', { seal: { ...seal('v2'), verity: false } }) };
    expect(found({ verityRequired: false }, loose), 'composefs alone').to.deep.equal([]);
    expect(found(undefined, loose)).to.deep.equal(['usr-not-sealed']);
  });

  it('was not looked at: never clean without a word', () => {
    expect(codesAfter({}, (t) => delete t.after.usr)).to.deep.equal(['usr-not-verified']);
    expect(codesAfter({}, (t) => (present(t.after.usr).filesVerified = 0))).to.deep.equal(['usr-not-verified']);
  });

  it('has not one file that is right', () => {
    const none = { filesVerified: 0, differences: ['/usr: missing'] };
    expect(codesAfter({}, (t) => Object.assign(present(t.after.usr), none))).to.deep.equal(['usr-modified']);
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => Object.assign(present(present(t.offline).kernel.usr), none)),
    ).to.deep.equal(['usr-modified']);
  });
});
