import { expect } from 'chai';
import { Deadline } from '../../harness/device/deadline.ts';
import { HarnessError } from '../../harness/errors/harness-error.ts';
import type { CommandHandlers } from './simulated-commands.ts';
import type { SimulatedDeviceOptions } from './simulated-device.ts';
import { SimulatedBench, SimulatedTarget } from './simulated-target.ts';

const soon = () => new Deadline('a simulated step', 2000);
const identity = {
  machineId: '0123456789abcdef0123456789abcdef',
  hostPrivateKey: '',
  hostPublicKey: `ssh-ed25519 ${Buffer.from('a key').toString('base64')}`,
  authorizedKey: '',
  clientPrivateKey: '',
};

async function booted(commands: CommandHandlers = {}, options: SimulatedDeviceOptions = {}) {
  const target = new SimulatedTarget(new SimulatedBench('sim', options), { commands });
  await target.acquire(soon());
  await target.provision({ disk: '', identity, inject: [] }, soon());
  await target.power.on(soon());
  return { target, shell: await target.connect(soon()) };
}

async function code(promise: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof HarnessError ? error.code : undefined;
}

describe('SimulatedTarget', () => {
  it('loses at a cut what was never synced, and keeps it at a reset', async () => {
    const { target } = await booted();
    const { disk } = target.device;
    disk.write('/var/synced', 'kept');
    disk.write('/var/removed', 'back again');
    disk.sync();
    disk.write('/var/written', 'in the cache');
    disk.remove('/var/removed');
    await target.power.reset(soon());
    expect(disk.read('/var/written')?.toString()).to.equal('in the cache');
    await target.power.cut(soon());
    expect(disk.read('/var/written')).to.equal(undefined);
    expect(disk.read('/var/synced')?.toString()).to.equal('kept');
    expect(disk.read('/var/removed')?.toString()).to.equal('back again');
  });

  it('answers commands that a test brings, by program and by script', async () => {
    const { shell } = await booted({
      ostree: ({ parameters }) => ({ stdout: `ostree ${parameters.join(',')}` }),
      'exit "$1"': ({ parameters: [status] }) => ({ exitCode: Number(status) }),
    });
    expect((await shell.run(['ostree', 'admin', 'status'], { deadline: soon() })).stdout.toString()).to.equal(
      'ostree admin,status',
    );
    expect((await shell.script('exit "$1"', ['3'], { deadline: soon() })).exitCode).to.equal(3);
    expect((await shell.run(['constructor'], { deadline: soon() })).exitCode).to.equal(127);
  });

  it('checks the host key that the device has now', async () => {
    const { target } = await booted();
    target.device.disk.write('/etc/ssh/ssh_host_ed25519_key.pub', 'ssh-ed25519 AAAA');
    expect(await code(target.connect(soon()))).to.equal('host-key-changed');
  });

  it('follows a device that is reset while a login is waited for', async () => {
    const { target } = await booted({}, { bootMs: 40 });
    await target.power.reset(soon());
    const connecting = target.connect(soon());
    await target.power.reset(soon());
    const shell = await connecting;
    const { stdout } = await shell.run(['cat', '/proc/sys/kernel/random/boot_id'], { deadline: soon() });
    expect(stdout.toString().trim()).to.equal(target.device.bootId);
    expect(target.device.bootCount).to.equal(3);
  });

  it('lets a test act at the moment when userspace is reached', async () => {
    const seen: string[] = [];
    const { target } = await booted({}, { onBoot: (device) => seen.push(String(device.bootId)) });
    await target.power.reset(soon());
    await target.connect(soon());
    expect(new Set(seen).size).to.equal(2);
  });

  it('ends a stream with an error when the boot ends', async () => {
    const { target, shell } = await booted();
    const reading = (async () => {
      for await (const chunk of shell.stream('sleep', ['60'], { deadline: soon() }))
        expect.fail(`${chunk.length} bytes`);
    })();
    await target.power.cut(soon());
    expect(await code(reading)).to.equal('connection-lost');
  });

  it('refuses what it has no power over', async () => {
    const { target } = await booted();
    await target.power.cut(soon());
    expect(await code(target.power.cut(soon()))).to.equal('device-off');
    expect(await code(target.connect(soon()))).to.equal('device-off');
    expect(await code(target.recording())).to.equal('capability-missing');
    expect(await code(target.provision({ disk: '', identity, inject: [], record: true }, soon()))).to.equal(
      'capability-missing',
    );
    await target.release({ keep: true });
    expect(await code(target.power.on(soon()))).to.equal('not-acquired');
  });

  it('shows the durable files on the disk that nobody runs', async () => {
    const { target } = await booted();
    target.device.disk.write('/lost', 'x');
    await target.power.cut(soon());
    const disk = await target.openDisk();
    const files = JSON.parse(disk.read(0, disk.sizeBytes).toString().replaceAll('\0', '')) as Record<string, string>;
    expect(Object.keys(files)).to.deep.equal(['/etc/machine-id', '/etc/ssh/ssh_host_ed25519_key.pub']);
    expect(() => disk.read(disk.sizeBytes, 1)).to.throw(RangeError);
  });
});
