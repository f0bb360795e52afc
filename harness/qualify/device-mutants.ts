import type { Writable } from '../judge/test-breakage.ts';
import { detached, present } from '../judge/test-breakage.ts';
import { cleanTransition, digest, file, image, type TransitionShape } from '../judge/test-transition.ts';
import type { Transition } from '../judge/transition.ts';

/** A device that is wrong in one place, as the observations of it would show. */
export interface DeviceMutant {
  readonly oracle: number;
  readonly what: string;
  /** The codes of the violations that this oracle must give; no other oracle may give any. */
  readonly codes: readonly string[];
  readonly shape: TransitionShape;
  readonly change: (t: Writable<Transition>) => void;
}

type Row = [what: string, codes: string[], change: DeviceMutant['change'], shape?: TransitionShape];

const flushed: TransitionShape = { fault: 'commit-flushed' };
const sealed: TransitionShape = {
  from: image('v1', { seal: { composefs: digest('composefs v1'), verity: true } }),
  to: image('v2', { seal: { composefs: digest('composefs v2'), verity: true } }),
};
const lagging = () => detached(present(cleanTransition({ fault: 'before-commit' }).offline));
const undisturbed: DeviceMutant['change'] = (t) => {
  delete t.fault;
  delete t.offline;
  delete t.client;
};

const rows: Readonly<Record<number, readonly Row[]>> = {
  1: [
    [
      'the old system runs on after an update',
      ['update-not-applied'],
      undisturbed,
      { running: 'from', fault: 'commit-issued' },
    ],
    ['/usr of the other image', ['usr-of-another-image'], (t) => (present(t.after.usr).checksum = image('v1').commit)],
    [
      'the kernel of the other image',
      ['kernel-of-another-image'],
      (t) => (t.after.kernelRelease = image('v1').kernelRelease),
    ],
    ['an argument too many on the command line', ['cmdline-differs'], (t) => (t.after.cmdline += ' single')],
    ['neither the old nor the new system', ['neither-old-nor-new'], third, { fault: 'before-commit' }],
  ],
  2: [
    [
      'the kernel of the picked entry is gone',
      ['entry-kernel-missing'],
      (t) => delete present(present(t.offline).firmware.boot.entries[0]).linuxSha256,
      flushed,
    ],
    [
      'an initramfs that was torn',
      ['entry-kernel-mismatch'],
      (t) => (present(t.after.boot.entries[0]).initrdSha256 = digest('torn')),
    ],
    [
      'no entry has a kernel',
      ['no-bootable-entry'],
      (t) => t.after.boot.entries.forEach((entry) => delete entry.linuxSha256),
    ],
  ],
  3: [
    [
      'the firmware picks an entry whose boot link is gone after replay',
      ['picked-entry-lost-after-replay'],
      (t) => (present(t.offline).firmware = lagging().firmware),
      flushed,
    ],
    [
      'the picked entry leads nowhere',
      ['picked-entry-lost-after-replay'],
      (t) => (present(t.offline).pickedResolvesTo = null),
      flushed,
    ],
    [
      'the picked entry leads to another image than its kernel is of',
      ['picked-kernel-of-another-image'],
      (t) => (present(t.offline).pickedResolvesTo = `dev/${image('v1').commit}.0`),
      flushed,
    ],
  ],
  4: [
    ['an entry that leads nowhere', ['entry-unresolved'], (t) => delete present(t.after.boot.entries[1]).resolvesTo],
    ['a deployment left over', ['leftover-deployment'], (t) => t.after.leftovers.deploymentDirs.push('dev/old.0')],
    ['a loader directory left over', ['leftover-loader'], (t) => t.after.leftovers.loaderDirs.push('/boot/loader.0')],
  ],
  5: [
    ['a changed file in /usr', ['usr-modified'], (t) => present(t.after.usr).differences.push('bin/sh: content')],
    [
      'no file of /usr is there',
      ['usr-modified'],
      (t) => Object.assign(present(t.after.usr), { filesVerified: 0, differences: ['/usr: missing'] }),
    ],
    ['/usr can be written', ['usr-write-accepted'], (t) => (t.after.usrWriteRefused = false)],
    ['/usr is mounted writable', ['usr-not-read-only'], (t) => (t.after.usrReadOnly = false)],
    [
      'an object that the update client finds damaged',
      ['client-check-failed'],
      (t) => (t.after.clientCheck = { command: 'bootc internals fsck', outcome: 'problems', problems: ['fsverity'] }),
    ],
    [
      'a root whose files nobody verifies any more',
      ['usr-not-sealed'],
      (t) => (present(t.after.composefs).verityRequired = false),
      sealed,
    ],
    [
      'the composefs image of the old system under the new one',
      ['usr-seal-of-another'],
      (t) => (present(t.after.composefs).digest = digest('composefs v1')),
      sealed,
    ],
  ],
  6: [
    [
      'a local change in /etc is gone',
      ['etc-local-change-lost'],
      (t) => (present(t.after.etc)['motd'] = file('hello')),
    ],
    [
      'a default in /etc stayed the old one',
      ['etc-default-not-updated'],
      (t) => (present(t.after.etc)['app.conf'] = file('default of v1')),
    ],
    [
      '/etc of the old system with something of the new one',
      ['etc-mixture'],
      (t) => (present(t.after.etc)['app.conf'] = file('default of v2')),
      { fault: 'before-commit' },
    ],
  ],
  7: [
    ['a durable file in /var is gone', ['canary-lost'], (t) => delete present(t.after.canaries)['plain']],
    [
      'a durable file in /var holds other bytes',
      ['canary-content-changed'],
      (t) => (present(t.after.canaries)['plain'] = file('plaim')),
    ],
    [
      '/var is not mounted',
      ['var-not-mounted'],
      (t) => (t.after.mounts = t.after.mounts.filter(({ target }) => target !== '/var')),
    ],
    [
      'no durable file is left in /var of a disk that was cut',
      ['canary-lost', 'var-went-back'],
      (t) => (present(t.offline).kernel.canaries = {}),
      flushed,
    ],
    ['/var went back in time', ['var-went-back'], (t) => delete present(t.after.canaries)['generation/2']],
  ],
  8: [
    [
      'the old system is picked after the commit was flushed',
      ['picks-old-after-commit'],
      (t) => (t.offline = lagging()),
      flushed,
    ],
    [
      'rolled back before the attempts were used up',
      ['rolled-back-early'],
      (t) => (t.attempts = { used: 2, granted: 3 }),
      { kind: 'automatic-rollback' },
    ],
    [
      'the next boot goes back, after a cut that the update survived',
      ['next-boot-picks-old'],
      (t) => (t.after.boot.default = 'ostree-1.conf'),
      flushed,
    ],
    ['the next boot goes back', ['next-boot-picks-old'], (t) => (t.after.boot.default = 'ostree-1.conf')],
  ],
  10: [
    ['a unit fails that did not fail before', ['unit-failed'], (t) => t.after.failedUnits.push('app.service')],
    [
      'an oops on the console',
      ['console-oops'],
      (t) => t.consoleProblems.push({ rule: 'oops', line: 'Oops: 0000', expected: false }),
    ],
    [
      'a file system that needs repair',
      ['file-system-damaged'],
      (t) => t.fsckProblems.push('Inode 12 has illegal block'),
    ],
  ],
  11: [
    ['a reboot while an update is staged', ['boot-changed-while-staged'], (t) => (present(t.staged).bootId = 'boot-x')],
    [
      'a service restarts while an update is staged',
      ['service-changed-while-staged'],
      (t) => (present(t.staged).activeUnits = ['sshd.service 999', 'dbus.service 300']),
    ],
    [
      '/usr changes while an update is staged',
      ['usr-changed-while-staged'],
      (t) => present(present(t.staged).usr).differences.push('bin/sh: content'),
    ],
  ],
};

export const deviceMutants: readonly DeviceMutant[] = Object.entries(rows).flatMap(([oracle, some]) =>
  some.map(([what, codes, change, shape = {}]) => ({ oracle: Number(oracle), what, codes, change, shape })),
);

function third(t: Writable<Transition>): void {
  const commit = digest('commit v9');
  present(t.after.deployments.find((each) => each.booted)).checksum = commit;
  present(t.after.usr).checksum = commit;
  present(t.after.boot.entries[0]).resolvesTo = `dev/${commit}.0`;
}
