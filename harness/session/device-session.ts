import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../device/deadline.ts';
import type { Shell } from '../device/shell.ts';
import type { DeviceIdentity } from '../device/target.ts';
import { InternalError } from '../errors/harness-error.ts';
import type { Finding } from '../judge/finding.ts';
import type { Canary } from '../judge/transition.ts';
import { observeLive } from '../observe/live/observe.ts';
import type { Observation } from '../observe/observation.ts';
import type { TransitionOutcome } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import { plantCanaries } from './canaries.ts';
import { ControlBoots } from './control-boots.ts';
import type { Happened } from './happened.ts';
import { learnHostKey, withoutOwnFiles, type LearnedIdentity } from './first-boot-identity.ts';
import { identityInjection, makeIdentity } from './identity.ts';
import { Judgement } from './judgement.ts';
import { RunningDevice } from './running-device.ts';
import type { SessionEnvironment } from './session-environment.ts';
import { SessionImages } from './session-images.ts';
import { limitOf, type LimitedStep } from './step-limits.ts';
import { Steps } from './steps.ts';

/** The device of one case, and what transitions of it are made of: provisioned when first needed, observed around every one, judged after it. */
export class DeviceSession {
  readonly steps: Steps;
  readonly images: SessionImages;
  readonly controls: ControlBoots;
  readonly judgement: Judgement;
  #device: RunningDevice | undefined;
  #identity: LearnedIdentity | undefined;
  /** True until a device that makes its own identity has told it. */
  #learnsIdentity = false;
  #installed: readonly string[] | undefined;
  #observed: Observation | undefined;
  #generation = 0;
  #retired = 0;

  constructor(readonly environment: SessionEnvironment) {
    this.steps = new Steps(environment.request);
    this.images = new SessionImages(environment.images);
    this.controls = new ControlBoots(environment, this.images, this.steps);
    this.judgement = new Judgement(environment, this.images, this.controls, this.steps);
  }

  get findings(): readonly Finding[] {
    return this.judgement.findings;
  }

  get device(): RunningDevice {
    if (this.#device) return this.#device;
    throw new InternalError('Device not provisioned yet', { code: 'not-provisioned' });
  }

  get start(): readonly string[] {
    return this.#installed ?? this.environment.request.spec.start ?? ['v1'];
  }

  /** True until a scenario has touched the device: a recorded cut needs no boot of its own then. */
  get isUntouched(): boolean {
    return this.#device === undefined;
  }

  get identity(): DeviceIdentity {
    return this.#identity!;
  }

  get generation(): number {
    return this.#generation;
  }

  limit(what: LimitedStep): Deadline {
    return limitOf(this.environment.request.deadline)(what);
  }

  /** Puts a fresh disk in place, with an identity of its own. */
  async provision(record = false): Promise<void> {
    const { environment, start } = this;
    const { target, images } = environment;
    this.#identity = makeIdentity(target.name);
    const commits = await Promise.all(start.map(async (name) => (await this.images.named(name)).commit));
    const trusted = await readFile(images.repository.trustedKey);
    const installing = async (): Promise<void> => {
      const disk = await images.disk(start);
      const files = identityInjection(this.#identity!, trusted, images.stateroot, commits);
      const { ownIdentity = false } = await this.images.named(start.at(-1)!);
      this.#learnsIdentity = ownIdentity;
      const inject = ownIdentity ? withoutOwnFiles(files) : files;
      await target.provision({ disk, identity: this.#identity!, inject, record }, this.limit('provision'));
    };
    await this.steps.run('provision', installing, () => ({ images: start }));
    await this.#listen();
  }

  /** Puts a rebuilt disk in place, which carries its identity already. */
  async adopt(disk: string, identity: DeviceIdentity, generation: number, record = false): Promise<void> {
    this.#identity = identity;
    this.#generation = generation;
    await this.environment.target.provision({ disk, identity, inject: [], record }, this.limit('provision'));
    await this.#listen();
  }

  /** A device as at the begin of the case; what was recorded and found stays. */
  async startOver(): Promise<void> {
    await this.#retire();
    this.#generation = 0;
    this.judgement.forgetDevice();
    this.steps.moment = 'before-update';
  }

  async #listen(): Promise<void> {
    await this.#retire();
    const directory = await mkdtemp(join(this.environment.scratch, 'console-'));
    this.#device = new RunningDevice(this.environment.target, directory, this.environment.request.watch);
    this.#observed = undefined;
  }

  /** Provisions and boots when that has not happened yet. */
  async booted(record = false): Promise<void> {
    if (!this.#device) await this.provision(record);
    if (!this.device.isSettled) await this.powerOn();
  }

  async powerOn(): Promise<void> {
    await this.steps.run(
      'boot',
      () => this.device.powerOn(this.limit('boot'), (from, limit) => this.#learnIdentity(from, limit)),
      ({ state, bootId }) => ({ state, bootId, seconds: this.device.bootSeconds() }),
    );
  }

  async #learnIdentity(from: number, limit: Deadline): Promise<void> {
    if (this.#learnsIdentity) await learnHostKey(this.#identity!, this.device.console, from, limit);
    this.#learnsIdentity = false;
  }

  /** A fresh disk with these images, the last one booted: another device, as far as its state goes. */
  async reinstall(names: readonly string[]): Promise<void> {
    await this.startOver();
    this.#installed = names;
    await this.booted();
  }

  async rebootSettled(): Promise<void> {
    await this.steps.run(
      'reboot',
      () => this.device.reboot(this.limit('boot')),
      ({ state, bootId }) => ({ state, bootId, seconds: this.device.bootSeconds() }),
    );
    this.touched();
  }

  /** The device may no longer be as it was observed. */
  touched(): void {
    this.#observed = undefined;
  }

  /** A full observation; the one there is when nothing was done since. */
  async observe(name: 'before' | 'staged' | 'after', light = false): Promise<Observation> {
    if (name === 'before' && this.#observed) return this.#observed;
    const expectedUsr = await this.images.expectedUsr();
    const names = await this.images.names();
    const observation = await this.steps.run(
      `observe ${name}`,
      () => observeLive(this.device.current.shell, { deadline: this.limit('observe'), expectedUsr, light }),
      ({ bootId, deployments, usr: seen }) => ({
        bootId,
        booted: names.get(deployments.find(({ booted }) => booted)?.checksum ?? '') ?? 'unknown',
        usrFilesVerified: seen?.filesVerified ?? 0,
      }),
    );
    if (!light) this.#observed = observation;
    return observation;
  }

  async plant(): Promise<readonly Canary[]> {
    this.#generation++;
    return this.steps.run('canaries', () =>
      plantCanaries(this.device.current.shell, this.#generation, this.limit('canaries')),
    );
  }

  async runClient(
    name: string,
    body: (shell: Shell, deadline: Deadline) => Promise<ClientResult>,
  ): Promise<ClientResult> {
    const result = await this.steps.run(
      name,
      () => body(this.device.current.shell, this.limit('client')),
      ({ exitCode, output }) => ({ exitCode, output: output.slice(-2000) }),
    );
    this.touched();
    return result;
  }

  /** Marks already written in this boot and before, as the console shows them: the next one's number. */
  nextMark(): number {
    const text = this.device.transcript.read(0, this.device.transcript.length).toString('latin1');
    const numbers = [...text.matchAll(/bootproof-mark (\d+) /g)].map(([, n]) => Number(n));
    return numbers.length === 0 ? 0 : Math.max(...numbers) + 1;
  }

  conclude(happened: Happened): Promise<TransitionOutcome> {
    return this.judgement.conclude(happened, this.device);
  }

  concludeSilent(happened: Omit<Happened, 'after'>): Promise<void> {
    return this.judgement.concludeSilent(happened, this.device);
  }

  /** Stores the console, and ends the session; the device is the factory's. */
  async close(): Promise<void> {
    await this.#retire('console.log');
  }

  /** Closes the device and stores what its console said: evidence, also of one that another disk has taken the place of. */
  async #retire(name = `console-${this.#retired + 1}.log`): Promise<void> {
    const { request } = this.environment;
    const device = this.#device;
    if (!device) return;
    this.#device = undefined;
    this.#retired++;
    this.steps.note('console', { name, bytes: device.transcript.length, sha256: device.transcript.sha256() });
    const { path } = device.transcript;
    await device.close();
    request.emit(
      await request.attachments.storeFile(
        { case: request.case.case, name, mediaType: 'application/octet-stream' },
        path,
      ),
    );
  }
}
