import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deadline } from '../device/deadline.ts';
import type { Shell } from '../device/shell.ts';
import type { DeviceIdentity } from '../device/target.ts';
import { BenchError, DeadlineError, InternalError, ProductError, UsageError } from '../errors/harness-error.ts';
import type { Finding } from '../judge/finding.ts';
import type { Canary, FaultOutcome, ImageExpectation, Transition, TransitionKind } from '../judge/transition.ts';
import { judge, judgeDisk } from '../judge/judge.ts';
import { expectedCommits } from '../judge/expected-commits.ts';
import { observeLive } from '../observe/live/observe.ts';
import type { Manifest, Observation } from '../observe/observation.ts';
import type { Device, Fault, ImageRef, TransitionOptions, TransitionOutcome } from '../scenario/api.ts';
import { trafficSince, type RepositoryTraffic } from '../update/repository-server.ts';
import type { ClientResult } from '../update/update-client.ts';
import { plantCanaries } from './canaries.ts';
import { controlOf, type Control } from './control-run.ts';
import { learnHostKey, withoutOwnFiles, type LearnedIdentity } from './first-boot-identity.ts';
import { identityInjection, makeIdentity } from './identity.ts';
import type { SessionImage } from './image-source.ts';
import { disturbClient, preparesBoot } from './live-faults.ts';
import { installMarks } from './phase-marks.ts';
import { cutFromRecording } from './recorded-cut.ts';
import { checkRollbackPromise } from './rollback-promise.ts';
import { rollbackWithoutNetwork } from './rollback-without-network.ts';
import { RunningDevice } from './running-device.ts';
import type { SessionEnvironment } from './session-environment.ts';
import { Steps } from './steps.ts';

/** Budgets of single steps, milliseconds; a case's own deadline bounds them all. */
const limitMs = { observe: 180_000, canaries: 60_000, client: 300_000, boot: 240_000, provision: 120_000 } as const;

/** What happened between two observations, as the oracles want it. */
export interface Happened {
  readonly kind: TransitionKind;
  readonly to: SessionImage;
  readonly before: Observation;
  readonly staged?: Observation | undefined;
  readonly after: Observation;
  readonly offline?: Transition['offline'] | undefined;
  readonly fault?: FaultOutcome | undefined;
  readonly client?: ClientResult | undefined;
  readonly canaries: readonly Canary[];
  readonly generation: number;
  readonly fsckProblems?: readonly string[];
  /** Console offset from which this transition counts, and boots that were expected since. */
  readonly consoleFrom: number;
  readonly expectedBoots: number;
  readonly attemptsUsed?: number;
}

/** The device of one case: provisioned when first needed, observed around every transition, judged after it. */
export class DeviceSession implements Device {
  readonly steps: Steps;
  readonly #found: Finding[] = [];
  readonly #lastEtc = new Map<string, Manifest>();
  #device: RunningDevice | undefined;
  #identity: LearnedIdentity | undefined;
  /** True until a device that makes its own identity has told it. */
  #learnsIdentity = false;
  #observed: Observation | undefined;
  #canaries: readonly Canary[] = [];
  #generation = 0;
  #transitions = 0;
  #images = new Map<string, SessionImage>();
  /** What a scenario has put on the disk since, in place of the start that it was planned with. */
  #installed: readonly string[] | undefined;
  #installations = 0;
  #localKargs: string[] = [];
  /** The bench's server has served other cases before. */
  #traffic: RepositoryTraffic;

  constructor(readonly environment: SessionEnvironment) {
    this.steps = new Steps(environment.request);
    this.#traffic = environment.server.traffic;
  }

  get findings(): readonly Finding[] {
    return this.#found;
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

  limit(what: keyof typeof limitMs): Deadline {
    return this.environment.request.deadline.within(what, limitMs[what]);
  }

  async image(name: string): Promise<SessionImage> {
    const known = this.#images.get(name) ?? (await this.environment.images.image(name));
    this.#images.set(name, known);
    return known;
  }

  // The scenario's verbs.

  switch(image: ImageRef, options: TransitionOptions = {}): Promise<TransitionOutcome> {
    return this.#update('switch', image, `bootproof/${image.name}`, options);
  }

  update(image: ImageRef, options: TransitionOptions = {}): Promise<TransitionOutcome> {
    return this.#update('update', image, 'bootproof/stable', options);
  }

  async rollback(options: TransitionOptions & { readonly to?: ImageRef } = {}): Promise<TransitionOutcome> {
    if (isRecorded(options.fault)) return cutFromRecording(this, 'rollback', undefined, options.fault!);
    await this.booted();
    const before = await this.observe('before');
    const asked = options.to && (await this.image(options.to.name)).commit;
    const index = before.deployments.findIndex(
      ({ booted, staged, checksum }) => !booted && !staged && (asked === undefined || checksum === asked),
    );
    const to = await this.imageOf(before.deployments[index]?.checksum);
    const canaries = await this.plant();
    const consoleFrom = this.device.console.length;
    this.steps.moment = 'during-update';
    const alone = options.fault && (await rollbackWithoutNetwork(this, index, options.fault));
    const client =
      alone?.client ??
      (await this.runClient('rollback', (shell, deadline) => this.environment.client.rollback(shell, deadline, index)));
    if (options.stageOnly) return this.#stay('stage-only', to, before, client, canaries, consoleFrom);
    if (!alone) await this.rebootSettled();
    const after = await this.observe('after');
    return this.conclude({
      kind: 'rollback',
      to,
      before,
      after,
      fault: alone?.fault,
      client,
      canaries,
      generation: this.#generation,
      consoleFrom,
      expectedBoots: 1,
    });
  }

  async reboot(): Promise<TransitionOutcome> {
    await this.booted();
    const before = await this.observe('before');
    const to = await this.imageOf(before.deployments.find(({ booted }) => booted)?.checksum);
    const canaries = await this.plant();
    const consoleFrom = this.device.console.length;
    await this.rebootSettled();
    const after = await this.observe('after');
    return this.conclude({
      kind: 'reboot',
      to,
      before,
      after,
      canaries,
      generation: this.#generation,
      consoleFrom,
      expectedBoots: 1,
    });
  }

  async checkRecovery(image: ImageRef): Promise<void> {
    this.steps.moment = 'after-update';
    await this.booted();
    const running = (await this.observe('before')).deployments.find(({ booted }) => booted);
    const target = await this.image(image.name);
    const outcome = running?.checksum === target.commit ? await this.reboot() : await this.update(image);
    if (outcome.running !== image.name) {
      this.#found.push(
        this.#recoveryFinding(
          'update-not-completable',
          `The update cannot be completed from here: ${outcome.running} runs`,
        ),
      );
      return;
    }
    const others = outcome.transition.after.deployments.filter(({ booted, staged }) => !booted && !staged);
    if (others.length === 0) return this.steps.note('recovery', { rollback: 'not applicable: one deployment' });
    const back = await this.rollback();
    if (back.running !== back.transition.to.name) {
      this.#found.push(
        this.#recoveryFinding('rollback-does-not-boot', `Rollback does not boot from here: ${back.running} runs`),
      );
    }
  }

  async look(): Promise<Observation> {
    await this.booted();
    return this.observe('before');
  }

  async reinstall(...images: ImageRef[]): Promise<void> {
    await this.#storeConsole(`console-${++this.#installations}.log`);
    this.#installed = images.map(({ name }) => name);
    this.#canaries = [];
    this.#generation = 0;
    this.#etcWhenLeft.clear();
    this.#localKargs = [];
    this.steps.moment = 'before-update';
    await this.provision();
    await this.booted();
  }

  async writeFile(path: string, content: string, mode = 0o644): Promise<void> {
    await this.booted();
    const script = 'set -eu; mkdir -p "$(dirname "$1")"; cat > "$1"; chmod "$2" "$1"; sync "$1" "$(dirname "$1")"';
    const { exitCode, stderr } = await this.device.current.shell.script(script, [path, mode.toString(8)], {
      deadline: this.limit('canaries'),
      stdin: content,
    });
    this.#observed = undefined;
    if (exitCode !== 0)
      throw new ProductError(`Could not be written: ${path}`, {
        code: 'write-refused',
        details: { stderr: stderr.toString('utf8').slice(-500) },
      });
  }

  async readFile(path: string): Promise<string | undefined> {
    await this.booted();
    const { exitCode, stdout } = await this.device.current.shell.run(['cat', '--', path], {
      deadline: this.limit('canaries'),
    });
    return exitCode === 0 ? stdout.toString('utf8') : undefined;
  }

  async remove(path: string): Promise<void> {
    const { exitCode } = await this.run('rm', '-rf', '--', path);
    if (exitCode !== 0) throw new ProductError(`Could not be removed: ${path}`, { code: 'remove-refused' });
  }

  async run(...argv: string[]): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
    await this.booted();
    this.#observed = undefined;
    const result = await this.device.current.shell.run(argv, { deadline: this.limit('client') });
    const said = {
      exitCode: result.exitCode,
      stdout: result.stdout.toString('utf8'),
      stderr: result.stderr.toString('utf8'),
    };
    this.steps.note('command', {
      argv,
      exitCode: said.exitCode,
      stdout: said.stdout.slice(-2000),
      stderr: said.stderr.slice(-2000),
    });
    return said;
  }

  // What transitions are made of; the recorded cut uses these too.

  /** Puts a fresh disk in place, with an identity of its own. */
  async provision(record = false): Promise<void> {
    const { environment, start } = this;
    const { target, images } = environment;
    this.#identity = makeIdentity(target.name);
    const commits = await Promise.all(start.map(async (name) => (await this.image(name)).commit));
    const trusted = await readFile(images.repository.trustedKey);
    await this.steps.run('provision', async () => {
      const disk = await images.disk(start);
      const files = identityInjection(this.#identity!, trusted, images.stateroot, commits);
      const { ownIdentity = false } = await this.image(start.at(-1)!);
      this.#learnsIdentity = ownIdentity;
      const inject = ownIdentity ? withoutOwnFiles(files) : files;
      await target.provision({ disk, identity: this.#identity!, inject, record }, this.limit('provision'));
    });
    await this.#listen();
  }

  /** Puts a rebuilt disk in place, which carries its identity already. */
  async adopt(disk: string, identity: DeviceIdentity, canaries: readonly Canary[], generation: number): Promise<void> {
    this.#identity = identity;
    this.#canaries = canaries;
    this.#generation = generation;
    await this.environment.target.provision({ disk, identity, inject: [] }, this.limit('provision'));
    await this.#listen();
  }

  get identity(): DeviceIdentity {
    return this.#identity!;
  }

  get generation(): number {
    return this.#generation;
  }

  async #listen(): Promise<void> {
    await this.#device?.close();
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

  async rebootSettled(): Promise<void> {
    await this.steps.run(
      'reboot',
      () => this.device.reboot(this.limit('boot')),
      ({ state, bootId }) => ({ state, bootId, seconds: this.device.bootSeconds() }),
    );
    this.#observed = undefined;
  }

  /** A full observation; the one there is when nothing was done since. */
  async observe(name: 'before' | 'staged' | 'after', light = false): Promise<Observation> {
    if (name === 'before' && this.#observed) return this.#observed;
    const usr = new Map<string, Manifest>();
    for (const image of this.environment.images.names)
      usr.set((await this.image(image)).commit, (await this.image(image)).usr);
    const observation = await this.steps.run(
      `observe ${name}`,
      () =>
        observeLive(this.device.current.shell, {
          deadline: this.limit('observe'),
          expectedUsr: (checksum) => usr.get(checksum),
          light,
        }),
      ({ bootId, deployments, usr: seen }) => ({
        bootId,
        booted: deployments.find(({ booted }) => booted)?.version ?? 'unknown',
        usrFilesVerified: seen?.filesVerified ?? 0,
      }),
    );
    if (!light) this.#observed = observation;
    const booted = observation.deployments.find((one) => one.booted);
    if (booted && observation.etc) this.#lastEtc.set(booted.checksum, observation.etc);
    return observation;
  }

  async plant(): Promise<readonly Canary[]> {
    this.#generation++;
    this.#canaries = await this.steps.run('canaries', () =>
      plantCanaries(this.device.current.shell, this.#generation, this.limit('canaries')),
    );
    return this.#canaries;
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
    this.#observed = undefined;
    return result;
  }

  async imageOf(checksum: string | undefined): Promise<SessionImage> {
    for (const name of this.environment.images.names) {
      const image = await this.image(name);
      if (image.commit === checksum) return image;
    }
    throw new ProductError(`No image of the set has this commit: ${checksum ?? 'none'}`, {
      code: 'unknown-deployment',
    });
  }

  async #update(
    kind: 'switch' | 'update',
    { name }: ImageRef,
    branch: string,
    options: TransitionOptions,
  ): Promise<TransitionOutcome> {
    const { fault } = options;
    const to = await this.image(name);
    checkRollbackPromise(to);
    if (isRecorded(fault)) return cutFromRecording(this, kind, to, fault!);
    const { client, server, images, target } = this.environment;
    await this.booted();
    const before = await this.observe('before');
    const canaries = await this.plant();
    const consoleFrom = this.device.console.length;
    server.use(images.repository.channel(name));
    if (fault) await installMarks(this.device.current.shell, this.nextMark(), this.limit('canaries'));
    this.steps.moment = 'during-update';
    const request = { branch, url: `http://${target.hostAddress(server.port)}/`, kargs: options.kargs ?? [] };
    const stage = (): Promise<ClientResult> =>
      this.runClient(kind, (shell, deadline) =>
        client.stage(shell, { ...request, deadline, onOutput: (text) => this.#progress(kind, text) }),
      );
    const disturbed = fault && !preparesBoot(fault) ? await disturbClient(this, fault, stage, to) : undefined;
    const said = disturbed ? disturbed.client : await stage();
    if (options.kargs && said?.exitCode === 0) this.#localKargs.push(...options.kargs);
    if (options.stageOnly) return this.#stay('stage-only', to, before, said, canaries, consoleFrom);

    const staged = this.device.isSettled && said?.exitCode === 0 ? await this.observe('staged', true) : undefined;
    const atBoot = fault && preparesBoot(fault) ? await disturbClient(this, fault, async () => said!, to) : undefined;
    this.steps.moment = 'after-update';
    const resets = disturbed?.rebooted ?? atBoot?.rebooted ?? false;
    if (!resets) await this.rebootSettled();
    await (disturbed ?? atBoot)?.mend?.();
    const after = await this.observe('after');
    const attemptsUsed = this.device.health
      .bootsSince(consoleFrom)
      .filter(({ kernel }) => kernel?.release === to.kernelRelease).length;
    const unhealthy = to.unhealthy !== undefined && !fault;
    return this.conclude({
      kind: unhealthy ? 'automatic-rollback' : kind,
      to,
      before,
      staged,
      after,
      offline: (disturbed ?? atBoot)?.offline,
      fault: (disturbed ?? atBoot)?.outcome,
      client: said,
      canaries,
      generation: this.#generation,
      consoleFrom,
      expectedBoots: this.device.health.bootsSince(consoleFrom).length,
      ...(unhealthy ? { attemptsUsed } : {}),
    });
  }

  async #stay(
    kind: 'stage-only',
    to: SessionImage,
    before: Observation,
    client: ClientResult | undefined,
    canaries: readonly Canary[],
    consoleFrom: number,
  ): Promise<TransitionOutcome> {
    const after = await this.observe('after');
    return this.conclude({
      kind,
      to,
      before,
      after,
      client,
      canaries,
      generation: this.#generation,
      consoleFrom,
      expectedBoots: 0,
    });
  }

  /** Marks already written in this boot and before, as the console shows them: the next one's number. */
  nextMark(): number {
    const text = this.device.transcript.read(0, this.device.transcript.length).toString('latin1');
    const numbers = [...text.matchAll(/bootproof-mark (\d+) /g)].map(([, n]) => Number(n));
    return numbers.length === 0 ? 0 : Math.max(...numbers) + 1;
  }

  #progress(kind: string, text: string): void {
    const line = text.split(/[\r\n]/).findLast((part) => part.trim() !== '');
    if (line) this.environment.request.watch.step(`${kind}: ${line.trim().slice(0, 60)}`);
  }

  /** Judges a transition, writes it down, and gives the scenario its outcome. */
  async conclude(happened: Happened): Promise<TransitionOutcome> {
    const { transition, running } = await this.#transitionOf(happened);
    const findings = await this.#judged(() => judge(transition));
    await this.#writeDown(transition, findings, running);
    const served = trafficSince(this.#traffic, this.environment.server.traffic);
    this.#traffic = this.environment.server.traffic;
    return { transition, findings, running, lossModel: happened.fault?.lossModel, served };
  }

  /** Judges what the disk shows when no boot from it has answered; the silence itself is for `silenceOf`. */
  async concludeSilent(happened: Omit<Happened, 'after'>): Promise<void> {
    const { transition } = await this.#transitionOf({ ...happened, after: happened.before });
    const { after: _notSeen, ...seen } = transition;
    const findings = await this.#judged(() => judgeDisk(seen));
    await this.#writeDown(transition, findings, 'neither', seen);
  }

  async #judged(body: () => Finding[]): Promise<Finding[]> {
    const findings = await this.steps.run(
      'judge',
      async () => body(),
      (list) => ({
        violations: list.filter(({ severity }) => severity === 'violation').length,
        notes: list.filter(({ severity }) => severity === 'note').length,
      }),
    );
    this.#found.push(...findings);
    return findings;
  }

  async #transitionOf(happened: Happened): Promise<{ transition: Transition; running: string }> {
    const { kind, to, before, after, fault, client } = happened;
    const from = await this.imageOf(before.deployments.find(({ booted }) => booted)?.checksum);
    const runningChecksum = after.deployments.find(({ booted }) => booted)?.checksum;
    const running = (await this.imageOf(runningChecksum).catch(() => undefined)) ?? undefined;
    const control = await this.#control(running ?? from);
    const expected = kind === 'automatic-rollback' ? ['panic', 'unexpected-reset'] : [];
    const rollbackEtc = kind === 'rollback' && before.boot ? this.#etcBefore(to.commit, before) : undefined;
    const transition: Transition = {
      kind,
      from: expectationOf(from),
      to: expectationOf(to),
      before,
      ...(happened.staged ? { staged: happened.staged } : {}),
      after,
      ...(happened.offline ? { offline: happened.offline } : {}),
      ...(fault ? { fault } : {}),
      stageDropped: fault?.position === 'before-commit' && fault.phaseHit === 'stage',
      ...(rollbackEtc ? { rollbackEtc } : {}),
      completed: !fault && kind !== 'stage-only' && kind !== 'automatic-rollback' && runningChecksum === to.commit,
      canaries: happened.canaries,
      generation: happened.generation,
      control,
      localKargs: this.#localKargs,
      consoleProblems: this.device.health
        .problemsSince(happened.consoleFrom, { expectedBoots: happened.expectedBoots })
        .map(({ rule, line }) => ({ rule, line, expected: expected.includes(rule) })),
      fsckProblems: happened.fsckProblems ?? [],
      ...(client ? { client: { exitCode: client.exitCode, saidSuccess: client.saidSuccess } } : {}),
      ...(happened.attemptsUsed === undefined || to.rollback === 'none'
        ? {}
        : { attempts: { used: happened.attemptsUsed, granted: to.rollback.attempts } }),
    };
    return { transition, running: running?.name ?? 'neither' };
  }

  /** /etc of a deployment when it was last seen booted; what is seen of the present one is no rollback's. */
  #etcBefore(commit: string, before: Observation): Manifest | undefined {
    const booted = before.deployments.find((one) => one.booted)?.checksum;
    return booted === commit ? undefined : this.#etcWhenLeft.get(commit);
  }

  readonly #etcWhenLeft = new Map<string, Manifest>();

  /** `evidence`: what was judged, where that is less than the transition. */
  async #writeDown(
    transition: Transition,
    findings: Finding[],
    running: string,
    evidence: Omit<Transition, 'after'> = transition,
  ): Promise<void> {
    const { request } = this.environment;
    const { from, to, before, after, fault, kind } = transition;
    const name = `transition-${++this.#transitions}`;
    if (transition.staged?.etc ?? before.etc)
      this.#etcWhenLeft.set(from.commit, (transition.staged?.etc ?? before.etc)!);
    const stored = await request.attachments.storeBytes(
      { case: request.case.case, name: `${name}.json`, mediaType: 'application/json' },
      JSON.stringify(evidence),
    );
    request.emit(stored);
    request.emit({ event: 'judged', case: request.case.case, transition: name, findings });
    const expected = expectedCommits(transition);
    const nameOf = (commit: string): string =>
      commit === from.commit ? from.name : commit === to.commit ? to.name : commit;
    this.steps.note('transition', {
      transition: name,
      kind,
      from: { name: from.name, digest: from.commit },
      to: { name: to.name, digest: to.commit },
      running,
      expected: { images: expected.commits.map(nameOf), reason: expected.reason },
      ...(fault ? { fault } : {}),
      bootIds: [before.bootId, ...('after' in evidence ? [after.bootId] : [])],
      ...(transition.attempts ? { attempts: transition.attempts } : {}),
    });
    const { requests, objects, bytes } = trafficSince(this.#traffic, this.environment.server.traffic);
    this.steps.note('update-cost', { transition: name, requests, objects, pulledBytes: bytes });
  }

  /** What this image's own boots do: measured on a bench of the same kind, once, while this case's device waits. */
  async #control(measured: SessionImage): Promise<Control> {
    const { images, request } = this.environment;
    const image = measured.twin === undefined ? measured : await this.image(measured.twin);
    if (image.unhealthy !== undefined) return { etcWritten: [], varWritten: [], failedUnits: [], kernelProblems: [] };
    return controlOf(image, images.cache, request.deadline, () => {
      throw new InternalError(`No control run of ${image.name} before its first transition`, { code: 'no-control' });
    });
  }

  /** Before anything else: the control runs of the images that this case may end in, so that a judge never waits for a device. */
  async prepareControls(names: readonly string[]): Promise<void> {
    const { images, request, target } = this.environment;
    // Benches begin at different images, so that two of them do not wait for one.
    const first = (target.name.codePointAt(target.name.length - 1) ?? 0) % Math.max(1, names.length);
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const image = await this.image(name);
      if (image.unhealthy !== undefined || image.twin !== undefined) continue;
      await controlOf(image, images.cache, request.deadline, () =>
        this.steps.run(`control run of ${name}`, () => this.#controlBoot(image)),
      );
    }
  }

  async #controlBoot(image: SessionImage): Promise<Observation> {
    const { target, images, request } = this.environment;
    const identity = makeIdentity(target.name);
    const inject = identityInjection(identity, await readFile(images.repository.trustedKey), images.stateroot, [
      image.commit,
    ]);
    await target.provision({ disk: await images.disk([image.name]), identity, inject }, this.limit('provision'));
    const directory = await mkdtemp(join(this.environment.scratch, 'console-'));
    const device = new RunningDevice(target, directory, request.watch);
    try {
      const { shell } = await device.powerOn(this.limit('boot'));
      return await observeLive(shell, { deadline: this.limit('observe') });
    } finally {
      await device.close();
      await target.power.off(request.deadline);
    }
  }

  /**
   * A device that is silent after a fault: the bench is proven good by a known-good disk on the same command line, and the bad disk
   * is kept. Then silence is the product's; a bench on which the good disk is silent too has failed itself.
   */
  async silenceOf(cause: unknown, badDisk: string): Promise<never> {
    if (!(cause instanceof DeadlineError)) throw cause;
    const lastLine = this.#device?.transcript.lastLine ?? '';
    await this.environment.target.power.off(this.environment.request.deadline);
    try {
      await this.provision();
      await this.powerOn();
    } catch (error) {
      throw new BenchError('Silent after a cut, and so is the known-good disk on the same bench', {
        code: 'bench-not-proven',
        details: { badDisk, lastLine, benchProven: false, phase: 'after-cut' },
        cause: error,
      });
    }
    throw new ProductError(
      `Device does not boot after the cut, and the bench boots a known-good disk: last line: ${lastLine}`,
      {
        code: 'device-does-not-boot',
        hint: `the disk is kept: ${badDisk}`,
        details: { badDisk, lastLine, benchProven: true, phase: 'after-cut' },
        cause,
      },
    );
  }

  #recoveryFinding(code: string, message: string): Finding {
    return { oracle: 9, code, severity: 'violation', message, details: {}, view: 'live' };
  }

  /** Stores the console, and ends the session; the device is the factory's. */
  async close(): Promise<void> {
    await this.#storeConsole('console.log');
  }

  async #storeConsole(name: string): Promise<void> {
    const { request } = this.environment;
    const device = this.#device;
    if (!device) return;
    this.steps.note('console', { bytes: device.transcript.length, sha256: device.transcript.sha256() });
    const path = device.transcript.path;
    this.#device = undefined;
    await device.close();
    const stored = await request.attachments.storeFile(
      { case: request.case.case, name, mediaType: 'application/octet-stream' },
      path,
    );
    request.emit(stored);
  }
}

function isRecorded(fault: Fault | undefined): boolean {
  return fault?.kind === 'power-cut' && fault.form !== 'live';
}

function expectationOf({
  usr: _usr,
  unhealthy: _unhealthy,
  twin: _twin,
  ownIdentity: _ownIdentity,
  promisesRollback: _promisesRollback,
  ...expectation
}: SessionImage): ImageExpectation {
  return expectation;
}

/** A scenario that asks for a state that its steps have ruled out. */
export function misuse(message: string, hint: string): UsageError {
  return new UsageError(message, { code: 'scenario-misuse', hint });
}
