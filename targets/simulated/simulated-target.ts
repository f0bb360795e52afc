import { createHash } from 'node:crypto';
import type { Capability } from '../../harness/device/capability.ts';
import type { Deadline } from '../../harness/device/deadline.ts';
import type { BlockDevice, Recording } from '../../harness/device/disk.ts';
import type { Shell } from '../../harness/device/shell.ts';
import type { DeviceIdentity, ProvisionRequest, Target } from '../../harness/device/target.ts';
import { BenchError, CapabilityError, InternalError } from '../../harness/errors/harness-error.ts';
import { standardCommands, type CommandHandlers } from './simulated-commands.ts';
import type { SimulatedConsole } from './simulated-console.ts';
import { SimulatedDevice, type SimulatedDeviceOptions } from './simulated-device.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedPower } from './simulated-power.ts';
import { SimulatedShell } from './simulated-shell.ts';

/** What two targets of one bench have in common: the device, and who has taken it. */
export class SimulatedBench {
  readonly device: SimulatedDevice;
  owner: SimulatedTarget | undefined;

  constructor(
    readonly name: string,
    options: SimulatedDeviceOptions = {},
  ) {
    this.device = new SimulatedDevice(options);
  }
}

/** An in-memory device under the contract of a real one, for unit tests of what drives a device. Boots in milliseconds. */
export class SimulatedTarget implements Target {
  readonly kind = 'simulated';
  readonly lossModel = 'memory+cache';
  readonly capabilities: ReadonlySet<Capability> = new Set<Capability>([
    'console',
    'shell',
    'power.cut',
    'power.reset',
    'disk.offline',
    'network.cut',
  ]);
  readonly name: string;
  readonly power: SimulatedPower;
  readonly #bench: SimulatedBench;
  readonly #handlers: CommandHandlers;
  #identity: DeviceIdentity | undefined;

  /** `commands` answer beside the standard ones: by program name, or by the whole text of a script. */
  constructor(bench: SimulatedBench, { commands = {} }: { commands?: CommandHandlers } = {}) {
    this.#bench = bench;
    this.name = bench.name;
    this.#handlers = { ...standardCommands, ...commands };
    this.power = new SimulatedPower(() => {
      this.#provisioned();
      return bench.device;
    });
  }

  get console(): SimulatedConsole {
    return this.#bench.device.console;
  }

  /** For a test to look behind the contract. */
  get device(): SimulatedDevice {
    return this.#bench.device;
  }

  async acquire(deadline: Deadline): Promise<void> {
    deadline.check();
    const { owner } = this.#bench;
    if (owner) {
      const who = owner === this ? 'this target' : 'another target';
      throw new BenchError(`Bench busy: ${this.name} is taken by ${who} of process ${process.pid}`, {
        code: 'bench-busy',
      });
    }
    this.#bench.owner = this;
  }

  async provision({ identity, record }: ProvisionRequest, deadline: Deadline): Promise<void> {
    deadline.check();
    this.#taken();
    if (record)
      throw new CapabilityError(`Not recorded: ${this.name} has no disk.record`, { code: 'capability-missing' });
    const { device } = this.#bench;
    device.powerOff();
    device.disk = new SimulatedDisk();
    device.network = 'up';
    device.disk.write('/etc/machine-id', `${identity.machineId}\n`);
    device.disk.write(hostKeyPath, `${identity.hostPublicKey}\n`);
    device.disk.sync();
    this.#identity = identity;
  }

  async connect(deadline: Deadline): Promise<Shell> {
    const { hostPublicKey } = this.#provisioned();
    const { device } = this.#bench;
    if (!device.isOn) throw new BenchError(`Device is off: ${this.name}`, { code: 'device-off' });
    await deadline.until(() => (device.isUp && device.network === 'up' ? true : undefined), 2);
    const answering = device.disk.read(hostKeyPath)?.toString().trim() ?? '';
    if (answering !== hostPublicKey)
      throw new BenchError(`Host key changed: ${this.name}`, {
        code: 'host-key-changed',
        details: { expected: fingerprint(hostPublicKey), found: fingerprint(answering) },
      });
    return new SimulatedShell(device, this.#handlers, fingerprint(answering));
  }

  async openDisk(): Promise<BlockDevice> {
    this.#provisioned();
    if (this.device.isOn)
      throw new BenchError(`Running, so its disk cannot be read: ${this.name}`, { code: 'device-running' });
    return this.device.disk.asBlockDevice();
  }

  recording(): Promise<Recording> {
    return Promise.reject(
      new CapabilityError(`No recording: ${this.name} has no disk.record`, { code: 'capability-missing' }),
    );
  }

  async network(state: 'up' | 'down', deadline: Deadline): Promise<void> {
    deadline.check();
    this.#provisioned();
    this.device.network = state;
  }

  hostAddress(port: number): string {
    return `127.0.0.1:${port}`;
  }

  async release({ keep }: { keep: boolean }): Promise<void> {
    if (this.#bench.owner !== this) return;
    this.device.powerOff();
    if (!keep) this.device.disk = new SimulatedDisk();
    this.#identity = undefined;
    this.#bench.owner = undefined;
  }

  describe(): Promise<Record<string, unknown>> {
    return Promise.resolve({ kind: this.kind, bootCount: this.device.bootCount });
  }

  #taken(): void {
    if (this.#bench.owner !== this) throw new InternalError(`Not acquired: ${this.name}`, { code: 'not-acquired' });
  }

  #provisioned(): DeviceIdentity {
    this.#taken();
    if (!this.#identity) throw new InternalError(`Not provisioned: ${this.name}`, { code: 'not-provisioned' });
    return this.#identity;
  }
}

const hostKeyPath = '/etc/ssh/ssh_host_ed25519_key.pub';

/** As ssh-keygen -l prints it. */
function fingerprint(publicKey: string): string {
  const [, encoded = ''] = publicKey.split(' ');
  const digest = createHash('sha256').update(Buffer.from(encoded, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
