import { expect } from 'chai';
import type { Exploration } from './exploration.ts';
import { codesOf, explore } from './litmus-exploration.ts';
import {
  entryText,
  environment,
  filled,
  LitmusDevice,
  type BlockWrite,
  newCommit,
  oldCommit,
} from './litmus-device.ts';

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
        'loader.1/entries/ostree-1.conf': entryText('k2'),
        'loader.1/entries/ostree-2.conf': entryText('k1'),
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

  const localFile = (commit: string): string => `/ostree/deploy/os/deploy/${commit}.0/etc/local`;
  /** An administrator changed one file of /etc and added another; the new system is to take both over. */
  const makeWithLocalEtc = (): Promise<LitmusDevice> =>
    LitmusDevice.make(
      {},
      {
        [localFile(oldCommit)]: filled('local'),
        [`ostree/deploy/os/deploy/${oldCommit}.0/etc/os`]: filled('edited'),
      },
    );
  const mergeInto = (device: LitmusDevice, commit: string): string[] => {
    const etc = localFile(commit).replace(/\/local$/, '');
    return [`rm ${etc}/os`, device.put(`${etc}/os`, filled('edited')), device.put(localFile(commit), filled('local'))];
  };

  it('finds a merge of /etc into a system that can already be booted', async () => {
    const own = await makeWithLocalEtc();
    try {
      own.writeSafely(await own.change('boot', [own.kernel()]), 'vmlinuz');
      const issued = own.writeSafely(await own.change('boot', [own.entry()]), 'ostree-2.conf');
      const flushed = own.flush();
      own.write(await own.change('root', mergeInto(own, newCommit)));
      own.flush();
      const found = explore(own.subject({ issued, flushed }), 'drop1');
      expect(found.disagreements).to.deep.equal([]);
      expect(codesOf(found)).to.include('etc-local-change-lost');
      expect(outcomes(found)).to.include.members(['new', 'old']);
    } finally {
      own.remove();
    }
  });

  it('finds nothing in a merge of /etc that is durable before the commit', async () => {
    const own = await makeWithLocalEtc();
    try {
      own.write(await own.change('root', mergeInto(own, newCommit)));
      own.writeSafely(await own.change('boot', [own.kernel()]), 'vmlinuz');
      const issued = own.writeSafely(await own.change('boot', [own.entry()]), 'ostree-2.conf');
      const found = explore(own.subject({ issued, flushed: own.flush() }), 'drop2');
      expect(found.disagreements).to.deep.equal([]);
      expect(codesOf(found)).to.deep.equal([]);
    } finally {
      own.remove();
    }
  });

  /** Two sets of entries; the link `loader` says which counts, and is replaced by a rename. */
  const renaming = async (own: LitmusDevice): Promise<{ link: BlockWrite[]; rename: BlockWrite[] }> => ({
    link: await own.change('boot', ['symlink /loader.tmp loader.0']),
    rename: await own.change('boot', ['unlink /loader', 'ln /loader.tmp /loader', 'unlink /loader.tmp']),
  });
  const makeWithTwoLoaders = (): Promise<LitmusDevice> =>
    LitmusDevice.make({
      'loader.0/entries/ostree-1.conf': entryText('k1'),
      'loader.0/entries/ostree-2.conf': entryText('k2'),
      'ostree/os-k2/vmlinuz': filled('kernel 2'),
    });

  it('finds nothing in a rename of what is durable', async () => {
    const own = await makeWithTwoLoaders();
    try {
      const { link, rename } = await renaming(own);
      own.writeSafely(link, 'loader.tmp');
      own.flush();
      expect(rename).to.have.length(1);
      const issued = own.write(rename);
      const found = explore(own.subject({ issued, flushed: own.flush() }), 'drop2');
      expect(found.disagreements).to.deep.equal([]);
      expect(codesOf(found)).to.deep.equal([]);
      expect(outcomes(found)).to.deep.equal(['new', 'old']);
    } finally {
      own.remove();
    }
  });

  it('finds a rename of what is not durable yet', async () => {
    const own = await makeWithTwoLoaders();
    try {
      const { link, rename } = await renaming(own);
      const from = own.write(link) + 1 - link.length;
      own.write(rename);
      const found = explore(own.subject({ issued: from, flushed: own.flush() }), 'drop1');
      expect(found.disagreements).to.deep.equal([]);
      expect(codesOf(found)).to.include('firmware-picks-nothing');
      expect(found.classes.find(({ boots }) => boots === 'nothing')?.smallest.dropped).to.have.length(1);
    } finally {
      own.remove();
    }
  });

  it('an append shows old or new where its data is durable before its size, and else neither', async () => {
    const tail = 'tail'.padEnd(3000, '!');
    const whole = `${filled('kernel 2')}${tail}`.slice(0, 5000);
    expect(whole).to.equal(filled('kernel 2'));
    for (const isSafe of [true, false]) {
      // The kernel on the disk is the first of its two blocks; the entry that leads to it counts already.
      const own = await LitmusDevice.make({ 'ostree/os-k2/vmlinuz': whole.slice(0, 4096) });
      try {
        const append = await own.change('boot', ['rm /ostree/os-k2/vmlinuz', own.kernel()]);
        const entry = await own.change('boot', [own.entry()]);
        const isData = ({ data }: BlockWrite): boolean => data.subarray(0, 904).equals(Buffer.alloc(904, '.'));
        const data = append.filter(isData);
        expect(data).to.have.length(1);
        const rest = append.filter((write) => !isData(write));
        if (isSafe) {
          own.write(data);
          own.flush();
        }
        own.writeSafely(rest, 'ostree-2.conf');
        own.flush();
        const issued = own.writeSafely(entry, 'ostree-2.conf');
        if (!isSafe) own.write(data);
        const found = explore(own.subject({ issued, flushed: own.flush() }), 'drop1');
        expect(found.disagreements).to.deep.equal([]);
        expect(codesOf(found)).to.deep.equal(isSafe ? [] : ['entry-kernel-mismatch']);
      } finally {
        own.remove();
      }
    }
  });
});
