import { expect } from 'chai';
import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordedDisk } from '../../harness/blocklog/disk-state.ts';
import { openKernelView } from '../../harness/blocklog/ext4/views.ts';
import { Gpt } from '../../harness/blocklog/gpt.ts';
import { RawImage } from '../../harness/blocklog/raw-image.ts';
import { Deadline } from '../../harness/device/deadline.ts';
import type { InjectedFile } from '../../harness/device/target.ts';
import { digestOf } from '../../harness/explore/base-digest.ts';
import { StateIds } from '../../harness/explore/crash-state.ts';
import { updateFound } from '../../harness/explore/found-update.ts';
import { sampledStates } from '../../harness/explore/sampled-states.ts';
import { grubBootCounting } from '../../harness/observe/offline/boot-menu.ts';
import { buildImages } from '../../images/builder/build.ts';
import { imageSourceOf } from '../../images/image-source.ts';
import { copyDisk } from '../qemu/disk-copy.ts';
import { injectFiles } from '../qemu/file-injection.ts';
import { qemuOptions } from '../qemu/options.ts';
import { findQemu } from '../qemu/qemu-binary.ts';

/** Once more, as it ran: an emulated machine that counts instructions takes 30 s to boot. */
const runMs = 10 * 60_000;

/** In the place of the SSH server, which nobody needs here. */
const unit = 'ssh.service';

/**
 * One update that nobody drives, from a second disk, without a network: recorded by QEMU as it happens, then run again from what was recorded, each
 * time with a log of the writes. A queue of one request: which of several comes first is the host's choice, not the machine's.
 */
describe('one deterministic run, logged twice', function () {
  this.timeout(3 * runMs);
  let scratch: string;
  before(async () => (scratch = await mkdtemp(join(tmpdir(), 'bootproof-deterministic-'))));
  after(() => rm(scratch, { recursive: true, force: true }));

  it('has the same crash states, by the same ids', async () => {
    const images = imageSourceOf(await buildImages({ onStep: () => undefined }));
    const [v1, v2] = [await images.image('v1'), await images.image('v2')];
    const base = join(scratch, 'base.raw');
    const deadline = new Deadline('the disks', runMs);
    await copyDisk(await images.disk(['v1']), base, deadline);
    const etc = `/ostree/deploy/${images.stateroot}/deploy/${v1.commit}.0/etc`;
    const service: InjectedFile = {
      label: 'root',
      path: `${etc}/systemd/system/${unit}`,
      content: updateUnit(images.stateroot, v2.commit),
      mode: 0o644,
    };
    await injectFiles(base, [service, oneRequest(base)], scratch, deadline);
    const served = join(scratch, 'served.raw');
    await execa('mke2fs', ['-q', '-t', 'ext4', '-d', images.repository.objects, served, '1200M'], {
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    const machine = { base, served, log: (mode: string) => join(scratch, `${mode}.log`), scratch };
    await run('record', machine);
    await run('replay', machine);

    const [once, again] = ['record', 'replay'].map((mode) =>
      RecordedDisk.open({ basePath: base, logPath: machine.log(mode) }),
    ) as [RecordedDisk, RecordedDisk];
    const { transition } = updateFound({ basePath: base, logPath: machine.log('replay') }, grubBootCounting);
    expect([transition.from.commit, transition.to.commit]).to.deep.equal([v1.commit, v2.commit]);
    const ids = [once, again].map(({ log, base: disk }) => {
      const all = [0, log.length] as const;
      const sample = sampledStates(log, all, { bound: 'drop1', dense: all }, { count: 2000, seed: 1 });
      const stateIds = new StateIds(log, digestOf(disk));
      return sample.map((state) => stateIds.id(state));
    });
    once.close();
    again.close();
    expect(ids[0]).to.have.length(2000);
    expect(ids[1]).to.deep.equal(ids[0]);
  });
});

function updateUnit(stateroot: string, commit: string): string {
  const update = `mount -o ro,noload /dev/vdb /run/served && ostree pull-local --repo=/ostree/repo /run/served ${commit} && ostree admin deploy --os=${stateroot} --stage ${commit}`;
  return `[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'mkdir -p /run/served && ${update}; systemctl reboot'
`;
}

/** The boot entry, with what makes the driver take one request at a time. */
function oneRequest(disk: string): InjectedFile {
  const path = '/loader.1/entries/ostree-1.conf';
  const image = new RawImage(disk);
  try {
    const boot = openKernelView(Gpt.read(image).open('boot'));
    const entry = boot.readFile(boot.lookup(path)!).toString();
    const content = entry.replace(/^options .*$/m, `$& virtio_blk.queue_depth=1`);
    expect(content).to.not.equal(entry);
    return { label: 'boot', path, content, mode: 0o644 };
  } finally {
    image.close();
  }
}

/** Until the machine resets. */
async function run(
  mode: 'record' | 'replay',
  { base, served, log, scratch }: { base: string; served: string; log(mode: string): string; scratch: string },
): Promise<void> {
  const { path: qemu } = await findQemu(qemuOptions.parse({}).binary);
  const disk = join(scratch, 'disk.raw');
  await copyDisk(base, disk, new Deadline('a copy of the disk', runMs));
  await writeFile(log(mode), '');
  const nodes = [
    { driver: 'file', 'node-name': 'raw', filename: disk, cache: { 'no-flush': true } },
    { driver: 'file', 'node-name': 'log', filename: log(mode), cache: { 'no-flush': true } },
    { driver: 'blklogwrites', 'node-name': 'logged', file: 'raw', log: 'log', 'log-sector-size': 512 },
    { driver: 'blkreplay', 'node-name': 'disk', image: 'logged' },
    { driver: 'file', 'node-name': 'served-raw', filename: served, 'read-only': true },
    { driver: 'blkreplay', 'node-name': 'served', image: 'served-raw', 'read-only': true },
  ];
  await execa(
    qemu,
    [
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-vga', 'none'],
      ...['-accel', 'tcg,thread=single', '-cpu', 'max,-cx16', '-smp', '1', '-m', '640'],
      ...['-icount', `shift=1,rr=${mode},rrfile=${join(scratch, 'run.bin')}`],
      ...['-rtc', 'base=2026-01-01T00:00:00,clock=vm', '-serial', `file:${join(scratch, `${mode}.console`)}`],
      ...nodes.flatMap((node) => ['-blockdev', JSON.stringify(node)]),
      ...['disk', 'served'].flatMap((drive) => ['-device', `virtio-blk-pci,drive=${drive},request-merging=off`]),
    ],
    { timeout: runMs },
  );
}
