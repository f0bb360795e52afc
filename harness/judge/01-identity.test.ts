import { expect } from 'chai';
import { judge } from './judge.ts';
import { codesAfter, detached, present, type Writable } from './test-breakage.ts';
import { cleanTransition, digest, image } from './test-transition.ts';
import type { Transition } from './transition.ts';

const v1 = image('v1');

describe('oracle 1: identity', () => {
  it('the old system after an update that nothing interrupted, or that was cut after its commit', () => {
    const shape = { running: 'from', fault: 'commit-issued' } as const;
    expect(
      codesAfter(shape, (t) => {
        delete t.fault;
        delete t.offline;
        delete t.client;
      }),
    ).to.deep.equal(['update-not-applied']);
    expect(codesAfter(shape, (t) => (present(t.fault).position = 'commit-flushed'))).to.deep.equal([
      'picks-old-after-commit',
      'update-not-applied',
    ]);
  });

  it('both are right between issue and flush, so neither is a finding there', () => {
    for (const running of ['from', 'to'] as const)
      expect(judge(cleanTransition({ fault: 'commit-issued', running }))).to.deep.equal([]);
  });

  it('the new system where only the old one may run', () => {
    expect(
      codesAfter({ running: 'to', fault: 'commit-issued' }, (t) => (present(t.fault).position = 'before-commit')),
    ).to.deep.equal(['picks-new-before-commit', 'wrong-system-booted']);
    expect(codesAfter({ running: 'to', fault: 'commit-issued' }, (t) => (t.stageDropped = true))).to.deep.equal([
      'picks-new-before-commit',
      'wrong-system-booted',
    ]);
  });

  it('a rollback that left the system where it was', () => {
    expect(
      codesAfter({ kind: 'rollback', running: 'from', fault: 'before-commit' }, (t) => {
        delete t.fault;
        delete t.offline;
        delete t.client;
      }),
    ).to.deep.equal(['rollback-not-applied']);
  });

  it('a third system', () => {
    const third = digest('commit v9');
    const found = codesAfter({ fault: 'before-commit' }, (t) => {
      present(t.after.deployments.find((each) => each.booted)).checksum = third;
      present(t.after.usr).checksum = third;
      present(t.after.boot.entries[0]).resolvesTo = `dev/${third}.0`;
    });
    expect(found).to.deep.equal(['neither-old-nor-new']);
  });

  it('no booted deployment', () => {
    expect(
      codesAfter({ fault: 'before-commit' }, (t) => t.after.deployments.forEach((each) => (each.booted = false))),
    ).to.deep.equal(['no-booted-deployment']);
  });

  it('/usr of the other image', () => {
    expect(codesAfter({}, (t) => (present(t.after.usr).checksum = v1.commit))).to.deep.equal(['usr-of-another-image']);
  });

  it('another kernel, by release and by build', () => {
    expect(codesAfter({}, (t) => (t.after.kernelRelease = v1.kernelRelease))).to.deep.equal([
      'kernel-of-another-image',
    ]);
    expect(codesAfter({}, (t) => (t.after.kernelBuildId = '00'))).to.deep.equal(['kernel-of-another-image']);
    expect(codesAfter({}, (t) => delete t.after.kernelBuildId)).to.deep.equal([]);
  });

  it('another command line: an argument too many, one too few, another order', () => {
    expect(codesAfter({}, (t) => (t.after.cmdline += ' single'))).to.deep.equal(['cmdline-differs']);
    expect(codesAfter({}, (t) => (t.after.cmdline = t.after.cmdline.replace(' rw', '')))).to.deep.equal([
      'cmdline-differs',
    ]);
    expect(
      codesAfter({}, (t) => (t.after.cmdline = t.after.cmdline.replace('rw console=ttyS0', 'console=ttyS0 rw'))),
    ).to.deep.equal(['cmdline-differs']);
    expect(
      codesAfter({}, (t) => (t.after.cmdline = t.after.cmdline.replace(/^BOOT_IMAGE=\S+ /, 'initrd=a initrd=b '))),
    ).to.deep.equal([]);
  });

  it('a boot path that leads to another deployment, or nowhere', () => {
    const path = /ostree=\S+/;
    expect(
      codesAfter({}, (t) => (t.after.cmdline = t.after.cmdline.replace(path, 'ostree=/ostree/boot.0/x/y/0'))),
    ).to.deep.equal(['booted-deployment-mismatch']);
    expect(codesAfter({}, (t) => (t.after.cmdline = t.after.cmdline.replace(path, '')))).to.deep.equal([
      'booted-deployment-mismatch',
    ]);
  });

  it('a fallback that wrote the entries anew while it ran: another boot version is right, another boot checksum is not', () => {
    const swap = (from: RegExp, to: string) => (t: { after: { cmdline: string } }) => {
      const changed = t.after.cmdline.replace(from, to);
      expect(changed).not.to.equal(t.after.cmdline);
      t.after.cmdline = changed;
    };
    const otherVersion = swap(/(ostree=\/ostree\/boot\.)(\d)(\S*)\/\d+/, '$10$3/7');
    expect(codesAfter({ kind: 'automatic-rollback' }, otherVersion)).to.deep.equal([]);
    expect(codesAfter({}, otherVersion)).to.deep.equal(['booted-deployment-mismatch']);
    const otherChecksum = swap(/(ostree=\S+\/)[0-9a-f]{64}(\/\d+)/, `$1${'e'.repeat(64)}$2`);
    expect(codesAfter({ kind: 'automatic-rollback' }, otherChecksum)).to.deep.equal(['booted-deployment-mismatch']);
  });

  it('a path that only the firmware saw before replay is right if it leads to what runs', () => {
    const pickBeforeReplay = (leadsTo: string | null) => (t: Writable<Transition>) => {
      const offline = present(t.offline);
      offline.firmware = detached(offline.firmware);
      const picked = present(offline.firmware.boot.entries.find(({ file }) => file === offline.firmware.boot.default));
      const otherVersion = present(picked.ostreePath).replace(/boot\.(\d)/, (_, n) => `boot.${1 - Number(n)}`);
      t.after.cmdline = t.after.cmdline.replace(present(picked.ostreePath), otherVersion);
      picked.ostreePath = otherVersion;
      offline.pickedResolvesTo = leadsTo ?? present(picked.resolvesTo);
    };
    expect(codesAfter({ fault: 'before-commit' }, pickBeforeReplay(null))).to.deep.equal([]);
    const other = `dev/${'b'.repeat(64)}.0`;
    expect(codesAfter({ fault: 'before-commit' }, pickBeforeReplay(other))).to.include('booted-deployment-mismatch');
  });

  it('a local kernel argument lost with the update, in entry and command line alike', () => {
    const lose = (line: string) => line.replace(' site=lab', '');
    expect(
      codesAfter({}, (t) => {
        t.after.cmdline = lose(t.after.cmdline);
        t.after.boot.entries.forEach((entry) => (entry.options = lose(entry.options)));
      }),
    ).to.deep.equal(['local-karg-lost']);
  });

  it('a stage that was asked for and is not there; one that nobody asked for', () => {
    expect(
      codesAfter({ kind: 'stage-only' }, (t) => {
        t.after.deployments.shift();
        delete t.client;
      }),
    ).to.deep.equal(['update-not-staged']);
    expect(
      codesAfter({ kind: 'no-update' }, (t) => (t.after.deployments = present(cleanTransition().staged).deployments)),
    ).to.deep.equal(['staged-without-update']);
  });
});

describe('oracle 1: what the client said', () => {
  it('success, and nothing happened', () => {
    expect(
      codesAfter({ running: 'from', fault: 'before-commit' }, (t) => {
        delete t.fault;
        delete t.offline;
        delete t.staged;
      }),
    ).to.deep.equal(['client-claims-unperformed', 'update-not-applied']);
  });

  it('success, staged, and silently never applied: the claim itself was true', () => {
    expect(
      codesAfter({ running: 'from', fault: 'before-commit' }, (t) => {
        delete t.fault;
        delete t.offline;
        t.staged = detached(present(cleanTransition().staged));
      }),
    ).to.deep.equal(['update-not-applied']);
  });

  it('an error although it did what was asked: a note, for the state decides', () => {
    const t = { ...cleanTransition(), client: { exitCode: 1, saidSuccess: false } };
    expect(judge(t).map(({ code, severity }) => [code, severity])).to.deep.equal([['client-error-but-staged', 'note']]);
    const killed = { ...cleanTransition({ fault: 'none' }), client: { exitCode: null, saidSuccess: false } };
    expect(judge(killed)).to.deep.equal([]);
  });
});
