/**
 * Boots a real disk by the QEMU target, end to end, and prints what it saw. By hand, as it needs a disk and half a minute a boot:
 *
 *   npx tsx targets/qemu/qemu.device.ts DISK.raw LABEL ETC_DIRECTORY [kvm|tcg|auto]
 *
 * ETC_DIRECTORY is the path, on the file system LABEL, of the /etc that will boot; host key and authorized key are put there.
 */
import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../../harness/device/deadline.ts';
import type { Shell } from '../../harness/device/shell.ts';
import type { DeviceIdentity, InjectedFile } from '../../harness/device/target.ts';
import { LogWrites } from '../../harness/blocklog/log-writes.ts';
import { openSshShell } from '../means/ssh/login.ts';
import { firstByte, probeArguments, probeKvm } from './accelerator.ts';
import { probeSector } from './boot-sector.ts';
import { qemuOptions } from './options.ts';
import { processesHolding } from './stale-process.ts';
import { createQemuTarget } from './target.ts';

const [disk, label, etc, accel = 'auto'] = process.argv.slice(2);
if (!disk || !label || !etc) throw new Error('usage: qemu.device.ts DISK.raw LABEL ETC_DIRECTORY [kvm|tcg|auto]');

const directory = await mkdtemp(join(tmpdir(), 'bootproof-device-'));
const startedMs = performance.now();
const say = (...words: unknown[]): void =>
  console.log(((performance.now() - startedMs) / 1000).toFixed(2).padStart(7), ...words);
const within = (what: string, seconds: number): Deadline => new Deadline(what, seconds * 1000);
const text = async (shell: Shell, ...argv: string[]): Promise<string> =>
  (await shell.run(argv, { deadline: within(argv.join(' '), 60) })).stdout.toString().trim();

async function newKey(name: string): Promise<{ secret: string; open: string }> {
  const path = join(directory, name);
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
  return { secret: await readFile(path, 'utf8'), open: (await readFile(`${path}.pub`, 'utf8')).trim() };
}

const host = await newKey('host');
const client = await newKey('client');
const identity: DeviceIdentity = {
  machineId: randomBytes(16).toString('hex'),
  hostPrivateKey: host.secret,
  hostPublicKey: host.open,
  authorizedKey: client.open,
  clientPrivateKey: client.secret,
};
const file = (path: string, content: string, mode: number): InjectedFile => ({
  label,
  path: `${etc}/${path}`,
  content,
  mode,
});
const inject = [
  file('machine-id', `${identity.machineId}\n`, 0o444),
  file('ssh/ssh_host_ed25519_key', identity.hostPrivateKey, 0o600),
  file('ssh/authorized_keys.d/root', `${identity.authorizedKey}\n`, 0o644),
];

const sectorPath = join(directory, 'sector.raw');
await writeFile(sectorPath, probeSector());
const underTcg = probeArguments(sectorPath, ['-accel', 'tcg', '-cpu', 'max']);
say('boot sector under TCG:', await firstByte('qemu-system-x86_64', underTcg, 10_000));
say('probe of KVM:', await probeKvm('qemu-system-x86_64'));

const stateDir = join(directory, 'state');
const options = qemuOptions.parse({ accel });
const target = createQemuTarget({ name: 'qemu-a', options, stateDir, openShell: openSshShell });
const repository = createServer((_, response) => void response.end('bytes of the repository')).listen(0, '127.0.0.1');
let consoleBytes = 0;
let firstByteMs = 0;
let powerOnMs = 0;
target.console.onData((chunk, atMs) => {
  if (consoleBytes === 0) firstByteMs = atMs - powerOnMs;
  consoleBytes += chunk.length;
});

async function boot(): Promise<Shell> {
  consoleBytes = 0;
  powerOnMs = performance.now();
  await target.power.on(within('power on', 10));
  say('on after', Math.round(performance.now() - powerOnMs), 'ms');
  const shell = await target.connect(within('login on qemu-a', 120));
  say(`login ${((performance.now() - powerOnMs) / 1000).toFixed(1)} s after power-on,`, {
    attempts: (shell as { attempts?: number }).attempts,
    firstConsoleByteMs: Math.round(firstByteMs),
    consoleBytes,
  });
  return shell;
}

try {
  await target.acquire(within('acquire', 30));
  say('acquired', await target.describe());
  await target.provision({ disk, identity, inject, record: true }, within('provision', 120));
  say('provisioned for recording');
  let shell = await boot();
  say('machine id is the injected one:', (await text(shell, 'cat', '/etc/machine-id')) === identity.machineId);
  const beforeReset = await text(shell, 'cat', '/proc/sys/kernel/random/boot_id');
  const { port } = repository.address() as AddressInfo;
  say('from the repository:', await fetchFromHost(shell, port));
  for (let n = 0; n < 3; n++) {
    const fromMs = performance.now();
    await text(shell, 'true');
    say('one command', Math.round(performance.now() - fromMs), 'ms');
  }
  const bulkMs = performance.now();
  const bulk = await shell.script('head -c 8388608 /dev/zero', [], { deadline: within('8 MiB', 120) });
  say('8 MiB by SSH:', bulk.stdout.length, 'bytes in', Math.round(performance.now() - bulkMs), 'ms');
  const canary = await shell.script('mount -o remount,rw /var; echo canary >/var/canary; sync', [], {
    deadline: within('a canary', 30),
  });
  say('canary:', canary.exitCode, canary.stdout.toString().trim(), canary.stderr.toString().trim());

  say('carrier', await text(shell, 'cat', '/sys/class/net/eth0/carrier'));
  const carrier = await text(shell, 'cat', '/sys/class/net/eth0/carrier_changes');
  const downMs = performance.now();
  const cutOff = shell.run(['sleep', '60'], { deadline: within('a lost connection', 70) });
  await target.network('down', within('network', 5));
  const lost = await cutOff;
  say('network down: exit status', lost.exitCode, 'after', Math.round(performance.now() - downMs), 'ms');
  await target.network('up', within('network', 5));
  shell = await target.connect(within('login on qemu-a', 60));
  say(
    'network up again; carrier changes',
    carrier,
    '->',
    await text(shell, 'cat', '/sys/class/net/eth0/carrier_changes'),
  );

  say('reset:', await target.power.reset(within('reset', 5)));
  shell = await target.connect(within('login on qemu-a', 120));
  say('another boot:', (await text(shell, 'cat', '/proc/sys/kernel/random/boot_id')) !== beforeReset);
  const pids = await processesHolding(join(stateDir, 'qemu.pid'));
  say('QEMU processes', pids);
  say('cut:', await target.power.cut(within('cut', 5)));
  say('QEMU processes', await processesHolding(join(stateDir, 'qemu.pid')), 'sense', await target.power.sense());

  const recording = await target.recording();
  const log = LogWrites.open(recording.logPath);
  say('recording:', recording.machineEvents);
  const entries = [...log.entries()];
  say('log:', entries.length, 'entries', {
    flushes: entries.filter(({ flags }) => flags & 1).length,
    other: entries.filter(({ flags }) => flags & ~1).length,
    beforeReset: entries.filter(({ dataOffset }) => dataOffset < (recording.machineEvents[1]?.logBytes ?? 0)).length,
    firstFlush: entries.findIndex(({ flags }) => flags & 1),
  });

  shell = await boot();
  say('after the cut, canary:', JSON.stringify(await text(shell, 'cat', '/var/canary')));
  void shell.run(['systemctl', 'poweroff', '-ff'], { deadline: within('poweroff', 30) }).catch(() => undefined);
  await within('power-off by the guest', 30).until(async () => (await target.power.sense()) === 'off' || undefined);
  const refused = await target.connect(within('nobody', 5)).catch((error: unknown) => String(error));
  say('guest powered itself off, then connect:', refused);
} finally {
  await target.release({ keep: false });
  repository.close();
  say('released; QEMU processes', await processesHolding(join(stateDir, 'qemu.pid')));
  await rm(directory, { recursive: true, force: true });
}

async function fetchFromHost(from: Shell, port: number): Promise<string> {
  const [address, number] = target.hostAddress(port).split(':');
  const script = 'exec 3<>"/dev/tcp/$1/$2"; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; tail -n 1 <&3';
  const { stdout, stderr } = await from.run(['bash', '-c', script, 'bash', address!, number!], {
    deadline: within('the repository', 30),
  });
  return JSON.stringify(`${stdout.toString()}${stderr.toString()}`);
}
