import { expect } from 'chai';
import { codesAfter, present } from './test-breakage.ts';

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

  it('was not looked at: never clean without a word', () => {
    expect(codesAfter({}, (t) => delete t.after.usr)).to.deep.equal(['usr-not-verified']);
    expect(codesAfter({}, (t) => (present(t.after.usr).filesVerified = 0))).to.deep.equal(['usr-not-verified']);
  });
});
