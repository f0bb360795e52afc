import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RawImage } from '../../harness/blocklog/raw-image.ts';
import type { Capability } from '../../harness/device/capability.ts';
import type { ConsolePort } from '../../harness/device/console.ts';
import { Deadline } from '../../harness/device/deadline.ts';
import type { BlockDevice, Recording } from '../../harness/device/disk.ts';
import type { Shell } from '../../harness/device/shell.ts';
import type { DeviceIdentity, ProvisionRequest, Target } from '../../harness/device/target.ts';
import { BenchError, CapabilityError, InternalError } from '../../harness/errors/harness-error.ts';
import { GatedPort } from './gated-port.ts';
import { HostRelay } from './host-relay.ts';
import { checkIdentity } from './identity-check.ts';
import type { BoardMeans } from './means.ts';
import type { BoardOptions } from './options.ts';
import { BoardPower } from './power.ts';
import { writeImage } from './provision.ts';
import { storageOf, type StoragePart } from './storage-identity.ts';

export interface BoardTargetSettings {
  readonly name: string;
  readonly options: BoardOptions;
  /** This bench's own directory: lock, the image that is written. Made when it is not there. */
  readonly stateDir: string;
  readonly means: BoardMeans;
  /** What stands in the record as the target's kind. */
  readonly kind?: string;
  /** How long a release waits for the power to be gone. Default 30 s. */
  readonly cleanUpMs?: number;
  /** How long a command of the switch may take. Default 20 s. */
  readonly commandMs?: number | undefined;
}

/** A board: a tty, a network port and a power switch. */
export class BoardTarget implements Target {
  readonly kind: string;
  readonly name: string;
  readonly lossModel: 'memory' | 'real';
  readonly capabilities: ReadonlySet<Capability>;
  readonly power: BoardPower;
  readonly #settings: BoardTargetSettings;
  readonly #port: GatedPort;
  readonly #relay: HostRelay | undefined;
  #lock: { free(): Promise<void> } | undefined;
  #identity: DeviceIdentity | undefined;
  /** So many interruptions of the console there were when the board was last identified; a cable that was out may be in another board now. */
  #identifiedAt: number | undefined;
  #storage: StoragePart[] | undefined;
  #isAttached = false;

  constructor(settings: BoardTargetSettings) {
    const { name, options, means, kind = 'board' } = settings;
    this.#settings = settings;
    this.name = name;
    this.kind = kind;
    this.lossModel = options.lossModel;
    this.capabilities = capabilitiesOf(settings);
    this.#port = new GatedPort(means.console);
    this.#relay = options.relay ? new HostRelay(options.hostAddress) : undefined;
    this.power = new BoardPower(means.power, means.console, {
      name,
      lossModel: options.lossModel,
      offMs: [options.offMs].flat(),
      quietMs: options.quietMs,
      commandMs: settings.commandMs,
      beforeOn: (deadline) => this.#detach(deadline),
    });
  }

  get console(): ConsolePort {
    return this.#port;
  }

  /** A bench whose owner was killed is still on: it is switched off, so that what comes next begins from the same state. */
  async acquire(deadline: Deadline): Promise<void> {
    if (this.#lock) throw new InternalError(`Acquired twice: ${this.name}`, { code: 'acquired-twice' });
    const { stateDir, means } = this.#settings;
    await mkdir(stateDir, { recursive: true });
    const lock = await means.takeBench(stateDir, this.name);
    try {
      await means.console.open(deadline);
      await this.power.off(deadline);
      this.#lock = lock;
    } catch (error) {
      await means.console.close();
      await lock.free();
      throw error;
    }
  }

  async provision(request: ProvisionRequest, deadline: Deadline): Promise<void> {
    this.#taken();
    if (request.record)
      throw new CapabilityError(`Not recorded: ${this.name} has no disk.record`, { code: 'capability-missing' });
    const { stateDir, means, options } = this.#settings;
    const image = join(stateDir, 'provision.raw');
    const powerOn = (part: Deadline): Promise<void> => this.power.on(part);
    this.#identity = undefined;
    this.#storage = undefined;
    this.#port.isOpen = false;
    try {
      await this.power.off(deadline);
      await this.#identify(deadline);
      await means.prepareDisk(request, image, deadline);
      const { provision: recipe, uBoot } = options;
      await writeImage(recipe, { name: this.name, image, uBoot, port: means.console, means, powerOn }, deadline);
      this.#identity = request.identity;
    } finally {
      await rm(image, { force: true });
      await this.power.off(deadline.signal.aborted ? this.#cleanUp() : deadline);
      this.#port.isOpen = true;
    }
  }

  async connect(deadline: Deadline): Promise<Shell> {
    const { identity } = this.#provisioned();
    this.#relay?.check();
    const { ssh } = this.#settings.options;
    if (this.#settings.means.power.senses && (await this.power.sense()) === 'off')
      throw new BenchError(`Device is off: ${this.name}`, { code: 'device-off' });
    const login = {
      bench: this.name,
      ...ssh,
      privateKey: identity.clientPrivateKey,
      hostKey: identity.hostPublicKey,
    };
    const shell = await this.#settings.means.openShell(login, deadline, new AbortController().signal);
    this.#storage ??= await storageOf(shell, deadline);
    return shell;
  }

  async openDisk(): Promise<BlockDevice> {
    const { provision: recipe } = this.#settings.options;
    if (recipe.kind !== 'storage')
      throw new CapabilityError(`Not readable: ${this.name} has no disk.offline`, { code: 'capability-missing' });
    this.#provisioned();
    if ((await this.power.sense()) !== 'off')
      throw new BenchError(`Running, so its disk cannot be read: ${this.name}`, { code: 'device-running' });
    if (recipe.attach) await this.#settings.means.runCommand(recipe.attach, this.#cleanUp());
    this.#isAttached = true;
    return new RawImage(recipe.path);
  }

  recording(): Promise<Recording> {
    const error = new CapabilityError(`No recording: ${this.name} has no disk.record`, { code: 'capability-missing' });
    return Promise.reject(error);
  }

  network(): Promise<void> {
    const error = new CapabilityError(`Not cut: ${this.name} has no network.cut`, { code: 'capability-missing' });
    return Promise.reject(error);
  }

  hostAddress(port: number): string {
    this.#relay?.open(port);
    return `${this.#settings.options.hostAddress}:${port}`;
  }

  async release(_options: { keep: boolean }): Promise<void> {
    const lock = this.#lock;
    if (!lock) return;
    this.#lock = undefined;
    this.#identity = undefined;
    this.#identifiedAt = undefined;
    const { means } = this.#settings;
    try {
      await this.power.off(this.#cleanUp());
      await this.#detach(this.#cleanUp());
    } finally {
      await this.#relay?.close();
      await means.power.close();
      await means.console.close();
      await lock.free();
    }
  }

  async describe(): Promise<Record<string, unknown>> {
    const { means, options } = this.#settings;
    return {
      kind: this.kind,
      power: means.power.name,
      powerSensedAt: means.power.senses ?? 'nowhere',
      offLatenciesMs: this.power.offLatenciesMs.map((ms) => Math.round(ms)),
      consoleInterruptions: means.console.interruptions.slice(-20),
      storage: this.#storage ?? 'not told by the device',
      identity:
        options.identity.kind === 'unchecked'
          ? options.identity
          : { ...options.identity, checked: this.#identifiedAt !== undefined },
      provision: options.provision.kind,
    };
  }

  async #identify(deadline: Deadline): Promise<void> {
    const { means, options } = this.#settings;
    const { interruptions } = means.console;
    if (this.#identifiedAt === interruptions.length) return;
    const powerOn = (part: Deadline): Promise<void> => this.power.on(part);
    const { identity, uBoot } = options;
    await checkIdentity({ name: this.name, identity, uBoot, port: means.console, means, powerOn }, deadline);
    await this.power.off(deadline);
    this.#identifiedAt = interruptions.length;
  }

  async #detach(deadline: Deadline): Promise<void> {
    const { provision: recipe } = this.#settings.options;
    if (!this.#isAttached || recipe.kind !== 'storage') return;
    if (recipe.detach) await this.#settings.means.runCommand(recipe.detach, deadline);
    this.#isAttached = false;
  }

  /** A budget of its own: a board is switched off even when the step's time is over. */
  #cleanUp(): Deadline {
    return new Deadline(`the end of ${this.name}`, this.#settings.cleanUpMs ?? 30_000);
  }

  #taken(): void {
    if (!this.#lock) throw new InternalError(`Not acquired: ${this.name}`, { code: 'not-acquired' });
  }

  #provisioned(): { identity: DeviceIdentity } {
    this.#taken();
    if (this.#identity) return { identity: this.#identity };
    throw new InternalError(`Not provisioned: ${this.name}`, { code: 'not-provisioned' });
  }
}

/** A cut counts where something sees the power, and a person is not something. */
function capabilitiesOf({ means, options }: BoardTargetSettings): Set<Capability> {
  const has = new Set<Capability>(['console', 'shell']);
  const { senses, canReset } = means.power;
  if (senses === 'rail' || senses === 'outlet') has.add('power.cut');
  if (canReset) has.add('power.reset');
  if (options.provision.kind === 'storage' && senses) has.add('disk.offline');
  return has;
}
