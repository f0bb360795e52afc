import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RawImage } from '../../harness/blocklog/raw-image.ts';
import { checkRecording } from '../../harness/blocklog/recording-check.ts';
import type { Capability } from '../../harness/device/capability.ts';
import type { Deadline } from '../../harness/device/deadline.ts';
import type { BlockDevice, Recording } from '../../harness/device/disk.ts';
import type { Shell } from '../../harness/device/shell.ts';
import type { AttachWay, ProvisionRequest, Target } from '../../harness/device/target.ts';
import { BenchError, InternalError } from '../../harness/errors/harness-error.ts';
import { chooseAccelerator, probeKvm, type Accelerator, type ProbeResult } from './accelerator.ts';
import { BenchLock } from './bench-lock.ts';
import { commandLine, gatewayAddress } from './command-line.ts';
import { cleanUp, Machine } from './machine.ts';
import type { OpenShell } from './open-shell.ts';
import type { QemuOptions } from './options.ts';
import { QemuPower } from './power.ts';
import { findSetpriv } from './process.ts';
import { provisionDisk, type ProvisionedDisk } from './provisioned-disk.ts';
import { findQemu, type QemuBinary } from './qemu-binary.ts';
import { sshWay } from './ssh-way.ts';
import { reapStale } from './stale-process.ts';

export interface QemuTargetSettings {
  readonly name: string;
  readonly options: QemuOptions;
  /** This bench's own directory: disks, recordings, lock. Made when it is not there. */
  readonly stateDir: string;
  /** The login means: `openSshShell` of targets/means/ssh. */
  readonly openShell: OpenShell;
  /** A second QMP monitor for a person, on a socket in `stateDir`. */
  readonly monitor?: boolean;
  /** Who uses the bench for what, for others who want it. */
  readonly use?: string | undefined;
}

export function createQemuTarget(settings: QemuTargetSettings): Target {
  return new QemuTarget(settings);
}

/** What is known once the bench is taken. */
interface Acquired {
  readonly lock: BenchLock;
  readonly stateDir: string;
  readonly qemu: QemuBinary;
  readonly accelerator: Accelerator;
  readonly parentDeath: string | undefined;
  readonly reaped: readonly number[];
}

class QemuTarget implements Target {
  readonly kind = 'qemu';
  readonly lossModel = 'memory';
  readonly capabilities: ReadonlySet<Capability> = new Set<Capability>([
    ...(['console', 'shell', 'power.cut', 'power.reset', 'network.cut'] as const),
    ...(['disk.offline', 'disk.record', 'disk.fork'] as const),
  ]);
  readonly name: string;
  readonly power: QemuPower;
  readonly #settings: QemuTargetSettings;
  readonly #machine: Machine;
  #acquired: Acquired | undefined;
  #disk: ProvisionedDisk | undefined;
  #recordings = 0;
  #isRecordingEnded = false;
  #argv: readonly string[] = [];

  constructor(settings: QemuTargetSettings) {
    this.name = settings.name;
    this.#settings = settings;
    this.#machine = new Machine(settings.name);
    this.power = new QemuPower(this.#machine, (deadline) => this.#start(deadline));
  }

  get console(): Machine['console'] {
    return this.#machine.console;
  }

  async acquire(deadline: Deadline): Promise<void> {
    if (this.#acquired) throw new InternalError(`Acquired twice: ${this.name}`, { code: 'acquired-twice' });
    const { options } = this.#settings;
    const qemu = await findQemu(options.binary);
    const accelerator = await chooseAccelerator(options.accel, () => probeOnce(options.binary));
    await mkdir(this.#settings.stateDir, { recursive: true });
    const stateDir = await realpath(this.#settings.stateDir);
    const lock = await BenchLock.take(stateDir, this.name, this.#settings.use);
    try {
      const reaped = await reapStale(pidPath(stateDir), deadline);
      this.#acquired = { lock, stateDir, qemu, accelerator, parentDeath: await findSetpriv(), reaped };
    } catch (error) {
      await lock.free();
      throw error;
    }
  }

  async provision(request: ProvisionRequest, deadline: Deadline): Promise<void> {
    const { stateDir } = this.#taken();
    await this.#machine.kill(deadline);
    this.#disk = undefined;
    if (request.record) this.#recordings++;
    this.#disk = await provisionDisk(stateDir, request, this.#recordings, deadline);
    this.#isRecordingEnded = false;
  }

  async connect(deadline: Deadline): Promise<Shell> {
    const { identity } = this.#provisioned();
    this.#machine.running();
    const over = new AbortController();
    const request = {
      bench: this.name,
      host: '127.0.0.1',
      port: this.#machine.sshPort!,
      user: 'root',
      privateKey: identity.clientPrivateKey,
      hostKey: identity.hostPublicKey,
      // A guest that is emulated on a busy host may say nothing for seconds; one whose QEMU ended closes the connection at once.
      keepAliveMs: 3000,
    };
    const opening = this.#settings.openShell(request, deadline, over.signal);
    const ended = this.#machine.ended().then(() => {
      throw this.#machine.endedError();
    });
    try {
      return await Promise.race([opening, ended]);
    } catch (error) {
      over.abort();
      await opening.then((shell) => shell.close()).catch(() => undefined);
      throw error;
    }
  }

  async openDisk(): Promise<BlockDevice> {
    this.#mustBeOff('its disk cannot be read');
    return new RawImage(this.#provisioned().path);
  }

  async recording(): Promise<Recording> {
    const { recording, path } = this.#provisioned();
    if (!recording) throw new InternalError(`Not provisioned for recording: ${this.name}`, { code: 'not-recording' });
    this.#mustBeOff('its recording cannot end');
    if (!this.#isRecordingEnded) checkRecording(recording, path);
    this.#isRecordingEnded = true;
    return recording;
  }

  async network(state: 'up' | 'down', deadline: Deadline): Promise<void> {
    await this.#machine.setNetwork(state, deadline);
  }

  hostAddress(port: number): string {
    return `${gatewayAddress}:${port}`;
  }

  async attach(directory: string): Promise<AttachWay[]> {
    const { stateDir } = this.#taken();
    const { identity } = this.#provisioned();
    const { sshPort } = this.#machine;
    if (sshPort === undefined) return [];
    const qmp = { name: 'qmp', command: `socat - UNIX-CONNECT:${monitorPath(stateDir)}` };
    return [await sshWay(directory, sshPort, identity), ...(this.#settings.monitor ? [qmp] : [])];
  }

  async release({ keep }: { keep: boolean }): Promise<void> {
    const acquired = this.#acquired;
    if (!acquired) return;
    this.#acquired = undefined;
    await this.#machine.kill(cleanUp(this.name));
    const { stateDir, lock } = acquired;
    const made = (await readdir(stateDir)).filter((name) => name === 'disk.raw' || /^recording-\d+$/.test(name));
    if (!keep) await Promise.all(made.map((name) => rm(join(stateDir, name), { recursive: true, force: true })));
    await rm(pidPath(stateDir), { force: true });
    await rm(monitorPath(stateDir), { force: true });
    await lock.free();
  }

  async describe(): Promise<Record<string, unknown>> {
    const { qemu, accelerator, parentDeath, reaped } = this.#taken();
    return {
      kind: this.kind,
      qemu: qemu.version,
      accelerator: accelerator.kind,
      acceleratorReason: accelerator.reason,
      memoryMiB: this.#settings.options.memoryMiB,
      diesWithParent: parentDeath !== undefined,
      reapedAtAcquire: reaped,
      commandLine: [this.#settings.options.binary, ...this.#argv],
    };
  }

  async #start(deadline: Deadline): Promise<void> {
    const { lock, stateDir, accelerator, parentDeath } = this.#taken();
    const { path, recording } = this.#provisioned();
    const active = this.#isRecordingEnded ? undefined : recording;
    if (active && active.machineEvents.length > 0 && !this.#machine.isRunning)
      throw new BenchError(`A recording is one power cycle, and this one is over: ${this.name}`, {
        code: 'recording-over',
        hint: 'take the recording before the next power-on',
      });
    this.#argv = commandLine({
      name: this.name,
      accelerator: accelerator.kind,
      memoryMiB: this.#settings.options.memoryMiB,
      diskPath: path,
      ...(active && { logPath: active.logPath }),
      pidPath: pidPath(stateDir),
      ...(this.#settings.monitor && { monitorPath: monitorPath(stateDir) }),
    });
    const onSpawn = (pid: number): Promise<void> => lock.noteQemu(pid);
    const { binary } = this.#settings.options;
    await this.#machine.start({ binary, argv: this.#argv, parentDeath, recording: active, onSpawn }, deadline);
  }

  #taken(): Acquired {
    if (this.#acquired) return this.#acquired;
    throw new InternalError(`Not acquired: ${this.name}`, { code: 'not-acquired' });
  }

  #provisioned(): ProvisionedDisk {
    if (this.#disk) return this.#disk;
    throw new InternalError(`Not provisioned: ${this.name}`, { code: 'not-provisioned' });
  }

  #mustBeOff(consequence: string): void {
    if (this.#machine.isRunning)
      throw new BenchError(`Running, so ${consequence}: ${this.name}`, { code: 'device-running' });
  }
}

function pidPath(stateDir: string): string {
  return join(stateDir, 'qemu.pid');
}

function monitorPath(stateDir: string): string {
  return join(stateDir, 'qmp.sock');
}

const probes = new Map<string, Promise<ProbeResult>>();

/** A broken KVM costs the probe's whole limit: once a process is enough. */
function probeOnce(binary: string): Promise<ProbeResult> {
  const probe = probes.get(binary) ?? probeKvm(binary);
  probes.set(binary, probe);
  return probe;
}
