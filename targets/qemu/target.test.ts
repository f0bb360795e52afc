import { expect } from 'chai';
import { execa } from 'execa';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deadline } from '../../harness/device/deadline.ts';
import type { Shell } from '../../harness/device/shell.ts';
import type { DeviceIdentity, Target } from '../../harness/device/target.ts';
import type { LoginRequest, OpenShell } from './open-shell.ts';
import { qemuOptions } from './options.ts';
import { findSetpriv } from './process.ts';
import { processesHolding } from './stale-process.ts';
import { createQemuTarget } from './target.ts';

const binary = fileURLToPath(new URL('fixtures/fake-qemu.sh', import.meta.url));
const identity: DeviceIdentity = {
  machineId: '0'.repeat(32),
  hostPrivateKey: 'host secret',
  hostPublicKey: 'ssh-ed25519 HOST',
  authorizedKey: 'ssh-ed25519 CLIENT',
  clientPrivateKey: 'client secret',
};
const soon = (what = 'the fake machine'): Deadline => new Deadline(what, 8000);
const neverOpens: OpenShell = async (_login, _deadline, over) =>
  new Promise<Shell>((_, reject) => over.addEventListener('abort', () => reject(new Error('over'))));

async function failure(promise: Promise<unknown>): Promise<{ code?: string; hint?: string; message: string }> {
  return await promise.then(
    () => ({ message: 'nothing was thrown' }),
    (error: unknown) => error as { code?: string; message: string },
  );
}

describe('QEMU target', () => {
  let directory: string;
  let stateDir: string;
  let disk: string;
  let target: Target;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bootproof-'));
    stateDir = join(directory, 'qemu-a');
    disk = join(directory, 'golden.raw');
    await writeFile(disk, 'golden', { mode: 0o444 });
    target = make();
  });
  afterEach(async () => {
    await target.release({ keep: false });
    expect(await holding()).to.deep.equal([]);
    await rm(directory, { recursive: true });
  });

  const holding = (): Promise<number[]> => processesHolding(join(stateDir, 'qemu.pid'));

  function make(openShell: OpenShell = neverOpens): Target {
    const options = qemuOptions.parse({ binary, accel: 'tcg' });
    return createQemuTarget({ name: 'qemu-a', options, stateDir, openShell });
  }

  async function boot({ record = false } = {}): Promise<void> {
    await target.acquire(soon());
    await target.provision({ disk, identity, inject: [], record }, soon());
    await target.power.on(soon());
  }

  /** What the machine says on its console from now on. */
  function listen(): (what: string) => Promise<true> {
    let heard = '';
    target.console.onData((chunk) => (heard += chunk.toString()));
    return (what) => soon(`${what} on the console`).until(() => heard.includes(what) || undefined) as Promise<true>;
  }

  it('runs the guest with its console attached from the first byte', async () => {
    const hears = listen();
    await boot();
    await hears('firmware');
    expect(await target.power.sense()).to.equal('on');
    expect(await failure(target.power.on(soon()))).to.include({ code: 'already-on' });
  });

  it('cuts: the process is gone, and the receipt says what was seen and no more', async () => {
    await boot();
    const pids = await holding();
    expect(pids).to.have.length(1);
    const receipt = await target.power.cut(soon());
    expect(receipt).to.deep.include({
      kind: 'cut',
      lossModel: 'memory',
      proof: [`SIGKILL sent to pid ${pids[0]}`, 'process reaped, ended by SIGKILL', 'QMP at EOF'],
    });
    expect(await holding()).to.deep.equal([]);
    expect(await target.power.sense()).to.equal('off');
  });

  it('gives no receipt for a cut of a machine that is off', async () => {
    await boot();
    await target.power.off(soon());
    expect(await failure(target.power.cut(soon()))).to.include({ code: 'device-off' });
  });

  it('resets within the same process', async () => {
    await boot();
    const before = await holding();
    const receipt = await target.power.reset(soon());
    expect(receipt.proof).to.deep.equal(['system_reset accepted', 'RESET event, host-qmp-system-reset']);
    expect(await holding()).to.deep.equal(before);
  });

  it('tells a QEMU that died from a guest that powered off', async () => {
    await boot();
    const waiting = failure(target.connect(soon()));
    await target.console.write(Buffer.from('die\n'));
    expect(await waiting).to.include({ code: 'qemu-died', hint: 'qemu: assertion failed' });
    await target.power.on(soon());
    const again = failure(target.connect(soon()));
    await target.console.write(Buffer.from('poweroff\n'));
    expect(await again).to.include({ code: 'device-off', message: 'Guest powered off: qemu-a' });
    expect(await failure(target.console.write(Buffer.from('x')))).to.include({ code: 'device-off' });
  });

  it('logs in at the forwarded port with the pinned key', async () => {
    let asked: LoginRequest | undefined;
    const shell = { hostKey: 'SHA256:x' } as Shell;
    target = make((login) => ((asked = login), Promise.resolve(shell)));
    await boot();
    expect(await target.connect(soon())).to.equal(shell);
    expect(asked).to.deep.equal({
      bench: 'qemu-a',
      host: '127.0.0.1',
      port: 32929,
      user: 'root',
      privateKey: 'client secret',
      keepAliveMs: 3000,
      hostKey: 'ssh-ed25519 HOST',
    });
    expect(target.hostAddress(8080)).to.equal('10.0.2.2:8080');
  });

  it('cuts the network by a black hole, not by the carrier', async () => {
    const hears = listen();
    await boot();
    await target.network('down', soon());
    await hears('/objects/black-hole.status=on');
    await target.network('up', soon());
    await hears('/objects/black-hole.status=off');
  });

  it('never writes the golden disk, and reads its copy only when off', async () => {
    await boot();
    expect(await failure(target.openDisk())).to.include({ code: 'device-running' });
    await target.power.off(soon());
    await writeFile(join(stateDir, 'disk.raw'), 'edited');
    const copy = await target.openDisk();
    expect(copy.read(0, 6).toString()).to.equal('edited');
    copy.close();
    expect(await readFile(disk, 'utf8')).to.equal('golden');
  });

  it('notes the size of the log at every event of the machine', async () => {
    const hears = listen();
    await boot({ record: true });
    await hears('firmware');
    await target.console.write(Buffer.from('write\nguest-reset\nwrite\n'));
    const log = join(stateDir, 'recording-1', 'disk.log');
    await soon('two entries').until(async () => (await readFile(log)).length === 1024 || undefined);
    expect(await failure(target.recording())).to.include({ code: 'device-running' });
    await target.power.cut(soon());
    const { basePath, logPath, machineEvents } = await target.recording();
    expect(machineEvents.map(({ event }) => event)).to.deep.equal(['powered-on', 'reset', 'killed']);
    expect([machineEvents[0]?.logBytes, machineEvents[2]?.logBytes]).to.deep.equal([0, 1024]);
    expect(machineEvents[1]?.logBytes).to.be.within(512, 1024);
    expect(await readFile(basePath, 'utf8')).to.equal('golden');
    expect(logPath).to.equal(log);
  });

  it('does not let a second power cycle into a recording, and keeps a recording when it provisions anew', async () => {
    await boot({ record: true });
    await target.power.off(soon());
    expect(await failure(target.power.on(soon()))).to.include({ code: 'recording-over' });
    const { basePath } = await target.recording();
    await target.provision({ disk, identity, inject: [], record: true }, soon());
    expect(await readFile(basePath, 'utf8')).to.equal('golden');
    expect((await readdir(stateDir)).filter((name) => name.startsWith('recording'))).to.have.length(2);
  });

  it('says why QEMU did not start', async () => {
    await target.acquire(soon());
    await target.provision({ disk, identity, inject: [] }, soon());
    process.env.FAKE_QEMU_FAILURE = 'qemu: cannot set up guest memory';
    try {
      expect(await failure(target.power.on(soon()))).to.include({
        code: 'qemu-start-failed',
        hint: 'qemu: cannot set up guest memory',
      });
    } finally {
      delete process.env.FAKE_QEMU_FAILURE;
    }
    await target.power.on(soon());
  });

  it('leaves nothing behind but what was asked to stay', async () => {
    await boot({ record: true });
    await target.release({ keep: true });
    await target.release({ keep: true });
    expect(await readdir(stateDir)).to.have.members(['disk.raw', 'recording-1']);
    target = make();
    await boot();
    await target.release({ keep: false });
    expect(await readdir(stateDir)).to.deep.equal([]);
  });

  it('is busy for a second owner', async () => {
    await target.acquire(soon());
    const error = await failure(make().acquire(soon()));
    expect(error).to.include({ code: 'bench-busy' });
    expect(error.message).to.include(`process ${process.pid} `);
  });

  it('does not outlive a harness that was killed, and the bench can be taken at once', async () => {
    const harness = execa(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', orphanMaker()], {
      reject: false,
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    const [pid] = await soon('the QEMU of another harness').until(async () => {
      const found = await holding();
      return found.length === 1 ? found : undefined;
    });
    const mine = failure(target.acquire(soon()));
    expect(await mine).to.include({ code: 'bench-busy' });
    harness.kill('SIGKILL');
    await harness;
    expect(await findSetpriv()).to.be.a('string');
    await soon(`the end of process ${pid}`).until(async () => !(await holding()).includes(pid!) || undefined);
    await target.acquire(soon());
    expect((await target.describe()).reapedAtAcquire).to.deep.equal([]);
  });

  /** A harness that takes the bench, powers it on and waits to be killed. */
  function orphanMaker(): string {
    return `
      import { createQemuTarget } from ${JSON.stringify(new URL('target.ts', import.meta.url).href)};
      import { Deadline } from ${JSON.stringify(new URL('../../harness/device/deadline.ts', import.meta.url).href)};
      const options = ${JSON.stringify(qemuOptions.parse({ binary, accel: 'tcg' }))};
      const target = createQemuTarget({ name: 'qemu-a', options, stateDir: ${JSON.stringify(stateDir)}, openShell() {} });
      const soon = new Deadline('orphan', 8000);
      await target.acquire(soon);
      await target.provision({ disk: ${JSON.stringify(disk)}, identity: {}, inject: [] }, soon);
      await target.power.on(soon);
      setInterval(() => undefined, 1000);`;
  }
});
