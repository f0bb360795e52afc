import { expect } from 'chai';
import { codesAfter, present, type Writable } from './test-breakage.ts';
import { cleanTransition, dir, file, image, link } from './test-transition.ts';
import { judge } from './judge.ts';
import type { Manifest } from '../observe/observation.ts';

type Tree = Writable<Manifest>;
const inEtc = (change: (etc: Tree) => void) => codesAfter({}, (t) => change(present(t.after.etc)));

describe('oracle 6: /etc merged', () => {
  it('a local change that is gone: overwritten, removed, its owner reset', () => {
    expect(inEtc((etc) => (etc['motd'] = file('hello')))).to.deep.equal(['etc-local-change-lost']);
    expect(inEtc((etc) => (etc['motd'] = file('something else')))).to.deep.equal(['etc-local-change-lost']);
    expect(inEtc((etc) => delete etc['site.conf'])).to.deep.equal(['etc-local-change-lost']);
  });

  it('a default that stayed the old one', () => {
    expect(inEtc((etc) => (etc['app.conf'] = file('default of v1')))).to.deep.equal(['etc-default-not-updated']);
    expect(inEtc((etc) => (etc['conf.d/v1'] = file('v1')))).to.deep.equal(['etc-default-not-updated']);
    expect(inEtc((etc) => delete etc['conf.d/v2'])).to.deep.equal(['etc-default-not-updated']);
  });

  it('something that nobody asked for', () => {
    expect(inEtc((etc) => (etc['stray'] = file('?')))).to.deep.equal(['etc-unexpected-change']);
    expect(inEtc((etc) => (etc['app.conf'] = file('default of v2', { mode: 0o666 })))).to.deep.equal([
      'etc-unexpected-change',
    ]);
    expect(inEtc((etc) => (etc['app.conf'] = link('motd')))).to.deep.equal(['etc-unexpected-change']);
    expect(inEtc((etc) => (etc['app.conf'] = file('default of v2', { xattrs: { 'user.a': '00' } })))).to.deep.equal([
      'etc-unexpected-change',
    ]);
  });

  it('what the system writes itself, and labels of the policy, do not matter', () => {
    expect(
      inEtc((etc) => {
        etc['machine-id'] = file('id');
        etc['ssh/ssh_host_ed25519_key'] = file('key');
        etc['ssh'] = dir();
        etc['.updated'] = file('1');
        etc['app.conf'] = file('default of v2', { xattrs: { 'security.selinux': '00' } });
      }),
    ).to.deep.equal(['etc-unexpected-change']);
    expect(inEtc((etc) => (etc['machine-id'] = file('id')))).to.deep.equal([]);
    expect(inEtc((etc) => (etc['machine-id.bak'] = file('id')))).to.deep.equal(['etc-unexpected-change']);
    expect(
      inEtc((etc) => (etc['app.conf'] = file('default of v2', { xattrs: { 'security.selinux': '00' } }))),
    ).to.deep.equal([]);
  });

  it('says which paths', () => {
    const t = cleanTransition();
    const [found] = judge({ ...t, after: { ...t.after, etc: { ...t.after.etc, motd: file('hello') } } });
    expect(found?.details).to.deep.include({ paths: { count: 1, first: ['motd'] }, how: ['content'] });
    expect(found?.message).to.contain('"motd"');
  });

  it('is judged on the disk between cut and boot too', () => {
    expect(
      codesAfter({ fault: 'commit-flushed' }, (t) => (present(present(t.offline).kernel.etc)['motd'] = file(''))),
    ).to.deep.equal(['etc-local-change-lost']);
  });

  it('was not seen: a note', () => {
    expect(codesAfter({}, (t) => delete t.after.etc)).to.deep.equal(['etc-not-judged']);
    expect(codesAfter({ kind: 'rollback' }, (t) => delete t.rollbackEtc)).to.deep.equal(['etc-not-judged']);
  });
});

describe('oracle 6: /etc kept', () => {
  it('the old system with something of the new one: never a mixture', () => {
    expect(
      codesAfter({ fault: 'before-commit' }, (t) => (present(t.after.etc)['app.conf'] = file('default of v2'))),
    ).to.deep.equal(['etc-mixture']);
  });

  it('the old system after an automatic rollback, its local change gone', () => {
    expect(
      codesAfter({ kind: 'automatic-rollback' }, (t) => (present(t.after.etc)['motd'] = file('hello'))),
    ).to.deep.equal(['etc-local-change-lost']);
  });

  it('a rollback: what that deployment held, not what the one that is left holds', () => {
    expect(codesAfter({ kind: 'rollback' }, (t) => delete present(t.after.etc)['of-its-own'])).to.deep.equal([
      'etc-mixture',
    ]);
    expect(codesAfter({ kind: 'rollback' }, (t) => (present(t.after.etc)['motd'] = file('edited')))).to.deep.equal([
      'etc-mixture',
    ]);
    expect(codesAfter({ kind: 'rollback' }, (t) => (present(t.after.etc)['of-its-own'] = file('?')))).to.deep.equal([
      'etc-local-change-lost',
    ]);
  });

  it('a reboot changes nothing, hard links included', () => {
    const localEtc = { a: file('a'), b: file('a', { hardlinkOf: 'a' }) };
    expect(
      codesAfter({ kind: 'reboot', localEtc }, (t) => delete present(present(t.after.etc)['b']).hardlinkOf),
    ).to.deep.equal(['etc-local-change-lost']);
    expect(codesAfter({ kind: 'reboot' }, (t) => (present(t.after.etc)['app.conf'] = file('?')))).to.deep.equal([
      'etc-unexpected-change',
    ]);
  });
});

describe('oracle 6: /etc transient', () => {
  const shape = { from: image('v1', { etcPolicy: 'transient' }), to: image('v2', { etcPolicy: 'transient' }) } as const;

  it('a local edit that survived, a default that is still the old one', () => {
    expect(codesAfter(shape, (t) => (present(t.after.etc)['motd'] = file('edited')))).to.deep.equal([
      'etc-unexpected-change',
    ]);
    expect(codesAfter(shape, (t) => (present(t.after.etc)['app.conf'] = file('default of v1')))).to.deep.equal([
      'etc-default-not-updated',
    ]);
  });

  it('is proven by the mount', () => {
    expect(
      codesAfter(shape, (t) => (t.after.mounts = t.after.mounts.filter(({ target }) => target !== '/etc'))),
    ).to.deep.equal(['etc-not-transient']);
    expect(
      codesAfter(shape, (t) =>
        t.after.mounts.forEach(
          (mount) => (mount.options = mount.options.replace('/run/ostree/transient-etc', '/sysroot/etc')),
        ),
      ),
    ).to.deep.equal(['etc-not-transient']);
  });

  it('a machine id made anew at every boot is its right', () => {
    expect(codesAfter(shape, (t) => (t.after.machineId = 'b'.repeat(32)))).to.deep.equal([]);
    expect(codesAfter({}, (t) => (t.after.machineId = 'b'.repeat(32)))).to.deep.equal(['machine-id-changed']);
    expect(codesAfter({}, (t) => (t.after.hostKey = 'SHA256:other'))).to.deep.equal(['host-key-changed']);
  });
});

describe('oracle 6: a type conflict in /etc', () => {
  const to = image('v2', { defaultEtc: { 'app.conf': dir() } });
  const localEtc = { 'app.conf': file('edited') };
  const failed = () => {
    const t = cleanTransition({ to, localEtc, running: 'from' });
    return { ...t, completed: false, after: { ...t.after, failedUnits: ['ostree-boot-complete.service'] } };
  };

  it('the old system stays, and says so', () => expect(judge(failed())).to.deep.equal([]));

  it('the journal may say so instead', () => {
    const t = failed();
    const updateJournal = [
      "During /etc merge: Modified config file newly defaults to directory 'app.conf', cannot merge",
    ];
    expect(judge({ ...t, after: { ...t.after, failedUnits: [], updateJournal } })).to.deep.equal([]);
  });

  it('the old system stays without a word', () => {
    const t = failed();
    expect(judge({ ...t, after: { ...t.after, failedUnits: [] } }).map(({ code }) => code)).to.deep.equal([
      'finalize-failed-silently',
    ]);
  });

  it('the new system runs all the same', () => {
    const t = cleanTransition({ to, localEtc, running: 'to' });
    expect(judge(t).map(({ code }) => code)).to.deep.equal(['wrong-system-booted', 'etc-not-judged']);
  });
});
