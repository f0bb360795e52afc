import { expect } from 'chai';
import { epochsOf } from './epoch.ts';
import { EpochExplorer } from './epoch-explorer.ts';
import type { Bound } from './enumeration.ts';
import { explorationOf, type Exploration } from './exploration.ts';
import { environment, LitmusDevice } from './litmus-device.ts';
import type { ExploreSubject } from './subject.ts';

/** Explores all there is, each pruned state judged in full too. */
function explore(subject: ExploreSubject, bound: Bound): Exploration {
  const explorer = new EpochExplorer(subject, { bound, dense: [0, 1e9], seed: 1, checkShare: 1 });
  try {
    return explorationOf(
      subject,
      [...epochsOf(explorer.disk.log)].map((epoch) => explorer.explore(epoch)),
    );
  } finally {
    explorer.close();
  }
}

const codesOf = ({ classes }: Exploration): string[] =>
  [...new Set(classes.flatMap(({ findings }) => findings.map(({ code }) => code)))].sort();

const outcomes = ({ classes }: Exploration): string[] => [...new Set(classes.map(({ boots }) => boots))].sort();

describe('litmus cases of the explorer', function () {
  this.timeout(60_000);
  let device: LitmusDevice;
  beforeEach(async () => (device = await LitmusDevice.make()));
  afterEach(() => device.remove());

  it('finds nothing in an update that makes its kernel durable before its entry', async () => {
    device.writeSafely(await device.change('boot', [device.kernel()]), 'vmlinuz');
    const issued = device.writeSafely(await device.change('boot', [device.entry()]), 'ostree-2.conf');
    const found = explore(device.subject({ issued, flushed: device.flush() }), 'drop2');
    expect(found.disagreements).to.deep.equal([]);
    expect(codesOf(found)).to.deep.equal([]);
    expect(outcomes(found)).to.deep.equal(['new', 'old']);
  });

  it('finds an update that writes its boot entry before its kernel', async () => {
    device.write(await device.change('boot', [device.entry()]));
    device.flush();
    const issued = device.write(await device.change('boot', [device.kernel()]));
    const found = explore(device.subject({ issued: issued - 4, flushed: device.flush() }), 'drop1');
    expect(found.disagreements).to.deep.equal([]);
    expect(codesOf(found)).to.include('entry-kernel-mismatch');
    const failing = found.classes.find(({ sound }) => !sound)!;
    expect(failing.smallest.dropped.length).to.be.at.most(1);
  });

  it('finds an update that never syncs, at no more than one lost write', async () => {
    const writes = [
      ...(await device.change('boot', [device.kernel()])),
      ...(await device.change('boot', [device.entry()])),
    ];
    device.write(writes);
    const found = explore(device.subject({ issued: 0, flushed: undefined }), 'drop1');
    expect(found.disagreements).to.deep.equal([]);
    expect(codesOf(found)).to.include('entry-kernel-mismatch');
  });

  it('finds a boot environment that can be torn, and none that fits one sector', async () => {
    for (const [padding, codes] of [
      [600, ['picks-new-before-commit']],
      [10, []],
    ] as const) {
      const lines = (success: number, counter: number): string =>
        environment(`boot_success=${success}\nfiller=${'x'.repeat(padding)}\nboot_counter=${counter}\n`);
      // Both systems have an entry, the old one the higher: an exhausted counter boots the other one.
      const own = await LitmusDevice.make({
        'grub/grubenv': lines(1, 0),
        'loader.1/entries/ostree-1.conf': entryOf('k2'),
        'loader.1/entries/ostree-2.conf': entryOf('k1'),
        'ostree/os-k2/vmlinuz': 'kernel 2'.padEnd(5000, '.'),
      });
      try {
        const rewrite = ['rm /grub/grubenv', own.put('/grub/grubenv', lines(0, 3))];
        const writes = await own.change('boot', rewrite);
        const [content] = writes.filter(({ data }) => data.includes('boot_success=0'));
        own.flush();
        own.write([content!]);
        own.flush();
        const found = explore(own.subject(undefined), 'torn512');
        expect(found.disagreements).to.deep.equal([]);
        expect(codesOf(found), `padding ${padding}`).to.deep.equal([...codes]);
      } finally {
        own.remove();
      }
    }
  });

  it('finds damage to the system that runs', async () => {
    const kernel = 'ostree/os-k1/vmlinuz';
    device.write(await device.change('boot', [`rm /${kernel}`]));
    device.flush();
    const found = explore(device.subject(undefined), 'prefix');
    expect(codesOf(found)).to.include('firmware-picks-nothing');
  });
});

function entryOf(kernel: string): string {
  return (
    `title ${kernel}\nversion 1\noptions root=LABEL=root rw ostree=/ostree/boot.1/os/${kernel}/0\n` +
    `linux /ostree/os-${kernel}/vmlinuz\ninitrd /ostree/os-${kernel}/initramfs.img\n`
  );
}
