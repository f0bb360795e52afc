import { expect } from 'chai';
import { codesAfter, present, type Writable } from './test-breakage.ts';
import type { Observation } from '../observe/observation.ts';

const whileStaged = (change: (seen: Writable<Observation>) => void) => codesAfter({}, (t) => change(present(t.staged)));

describe('oracle 11: the running system while an update is staged', () => {
  it('rebooted, softly or not', () => {
    expect(whileStaged((seen) => (seen.bootId = 'boot-x'))).to.deep.equal(['boot-changed-while-staged']);
    expect(whileStaged((seen) => (seen.softReboots = 1))).to.deep.equal(['boot-changed-while-staged']);
  });

  it('changed its /usr, kernel, command line or booted deployment', () => {
    expect(whileStaged((seen) => (present(seen.usr).checksum = 'f'.repeat(64)))).to.deep.equal([
      'usr-changed-while-staged',
    ]);
    expect(whileStaged((seen) => present(seen.usr).differences.push('bin/sh: content'))).to.deep.equal([
      'usr-changed-while-staged',
    ]);
    expect(whileStaged((seen) => (seen.kernelRelease = '7'))).to.deep.equal(['kernel-changed-while-staged']);
    expect(whileStaged((seen) => (seen.cmdline += ' x'))).to.deep.equal(['cmdline-changed-while-staged']);
    expect(whileStaged((seen) => seen.deployments.forEach((each) => (each.booted = false)))).to.deep.equal([
      'booted-changed-while-staged',
    ]);
  });

  it('stopped or restarted a service', () => {
    expect(whileStaged((seen) => (seen.activeUnits = ['dbus.service 300']))).to.deep.equal([
      'service-changed-while-staged',
    ]);
    expect(whileStaged((seen) => (seen.activeUnits = ['sshd.service 999', 'dbus.service 300']))).to.deep.equal([
      'service-changed-while-staged',
    ]);
    expect(whileStaged((seen) => seen.activeUnits.push('ostree-finalize-staged.service'))).to.deep.equal([]);
    expect(whileStaged((seen) => (seen.activeUnits = ['sshd.service', 'dbus.service']))).to.deep.equal([]);
  });

  it('is judged after a stage without a reboot too', () => {
    expect(
      codesAfter({ kind: 'stage-only' }, (t) => {
        delete t.staged;
        t.after.activeUnits = ['dbus.service 300'];
      }),
    ).to.deep.equal(['service-changed-while-staged']);
  });
});
