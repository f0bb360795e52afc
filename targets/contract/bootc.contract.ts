import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareImages } from '../../harness/cli/image-sets.ts';
import { Deadline } from '../../harness/device/deadline.ts';
import { identityInjection, makeIdentity } from '../../harness/session/identity.ts';
import { RunningDevice } from '../../harness/session/running-device.ts';
import { withAccessFiles } from '../../harness/update/access-files.ts';
import { hasBootc } from '../../images/bootc/bootc-images.ts';
import { openSshShell } from '../means/ssh/login.ts';
import { qemuOptions } from '../qemu/options.ts';
import { createQemuTarget } from '../qemu/target.ts';
import { bootcExpectations, type BootcDevice } from './bootc-expectations.ts';

/** The expectations that the recordings meet, asked of a real bootc on the QEMU device: three boots. Needs `images build --bootc PATH`. */
describe('what the client needs of bootc, on a real one', function () {
  this.timeout(600_000);
  const limit = (what: string): Deadline => new Deadline(what, 300_000);
  let device: BootcDevice;
  const closers: (() => Promise<unknown>)[] = [];

  before(async function () {
    if (!hasBootc()) return this.skip();
    const scratch = await mkdtemp(join(tmpdir(), 'bootproof-contract-'));
    closers.push(() => rm(scratch, { recursive: true, force: true }));
    const { source } = await prepareImages('bootc', { onStep: () => undefined });
    const { server, accessFiles } = await source.updates!.start();
    closers.push(() => server.close());
    server.use('v1');
    const qemu = createQemuTarget({
      name: 'bootc-contract',
      options: qemuOptions.parse({}),
      stateDir: join(scratch, 'bench'),
      openShell: openSshShell,
    });
    const target = withAccessFiles(qemu, () => accessFiles(qemu.hostAddress(server.port)));
    await target.acquire(limit('the bench'));
    closers.push(() => target.release({ keep: false }));
    const identity = makeIdentity('contract');
    const { commit } = await source.image('v1');
    const inject = identityInjection(identity, Buffer.alloc(0), source.stateroot, [commit]);
    await target.provision({ disk: await source.disk(['v1']), identity, inject }, limit('a disk'));
    const running = new RunningDevice(target, join(scratch, 'console'), {
      step: () => undefined,
      consoleLine: () => undefined,
    });
    closers.push(() => running.close());
    await running.powerOn(limit('a boot'));
    device = {
      client: source.updates!.client,
      shell: () => running.current.shell,
      deadline: () => limit('bootc'),
      reboot: async () => void (await running.reboot(limit('a reboot'))),
    };
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  for (const { name, check } of bootcExpectations()) it(name, () => check(device));
});
