import { expectedCommits } from '../judge/expected-commits.ts';
import type { Finding } from '../judge/finding.ts';
import { judge, judgeDisk } from '../judge/judge.ts';
import type { ImageExpectation, Transition } from '../judge/transition.ts';
import type { Manifest, Observation } from '../observe/observation.ts';
import type { TransitionOutcome } from '../scenario/api.ts';
import { trafficSince, type RepositoryTraffic } from '../update/repository-server.ts';
import type { Served } from '../update/update-server.ts';
import type { ControlBoots } from './control-boots.ts';
import type { Happened } from './happened.ts';
import type { SessionImage } from './image-source.ts';
import type { RunningDevice } from './running-device.ts';
import type { SessionEnvironment } from './session-environment.ts';
import type { SessionImages } from './session-images.ts';
import type { Steps } from './steps.ts';

/** What was judged and not yet written down. `seen`: the transition, or what is known of it. */
interface Judged {
  readonly transition: Transition;
  readonly findings: readonly Finding[];
  readonly running: string;
  readonly seen: Omit<Transition, 'after'>;
}

/** Every transition of a case comes through here: it is put together from what happened, judged, and written down. */
export class Judgement {
  readonly #found: Finding[] = [];
  readonly #etcWhenLeft = new Map<string, Manifest>();
  #localKargs: readonly string[] = [];
  #transitions = 0;
  /** The bench's server has served other cases before. */
  #traffic: RepositoryTraffic;

  constructor(
    private readonly environment: SessionEnvironment,
    private readonly images: SessionImages,
    private readonly controls: ControlBoots,
    private readonly steps: Steps,
  ) {
    this.#traffic = environment.server.traffic;
    environment.server.takeLayers?.();
  }

  get findings(): readonly Finding[] {
    return this.#found;
  }

  /** Oracle 9 is an action: what it found is added here. */
  add(finding: Finding): void {
    this.#found.push(finding);
  }

  /** Kernel arguments that were set on the device, and have to survive from now on. */
  setKargs(kargs: readonly string[]): void {
    this.#localKargs = [...this.#localKargs, ...kargs];
  }

  /** Another device takes its place: nothing that was set on this one is expected of it. */
  forgetDevice(): void {
    this.#localKargs = [];
    this.#etcWhenLeft.clear();
  }

  /** Judges a transition, writes it down, and gives the scenario its outcome. */
  async conclude(happened: Happened, device: RunningDevice): Promise<TransitionOutcome> {
    const { transition, running } = await this.#transitionOf(happened, device);
    const findings = await this.#judged(() => judge(transition));
    const served = await this.#writeDown({ transition, findings, running, seen: transition });
    return { transition, findings, running, lossModel: happened.fault?.lossModel, served };
  }

  /** Judges what the disk shows when no boot from it has answered; the silence itself is for `silenceOf`. */
  async concludeSilent(happened: Omit<Happened, 'after'>, device: RunningDevice): Promise<void> {
    const { transition } = await this.#transitionOf({ ...happened, after: happened.before }, device);
    const { after: _notSeen, ...seen } = transition;
    const findings = await this.#judged(() => judgeDisk(seen));
    await this.#writeDown({ transition, findings, running: 'neither', seen });
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

  async #transitionOf(happened: Happened, device: RunningDevice): Promise<{ transition: Transition; running: string }> {
    const { kind, to, before, after, fault, client } = happened;
    const from = await this.images.ofCommit(before.deployments.find(({ booted }) => booted)?.checksum);
    const runningChecksum = after.deployments.find(({ booted }) => booted)?.checksum;
    const running = await this.images.ofCommit(runningChecksum).catch(() => undefined);
    const control = await this.controls.of(running ?? from);
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
      consoleProblems: device.health
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

  async #writeDown({ transition, findings, running, seen }: Judged): Promise<Served> {
    const { request } = this.environment;
    const { from, to, before, after, fault, kind } = transition;
    const name = `transition-${++this.#transitions}`;
    const etc = transition.staged?.etc ?? before.etc;
    if (etc) this.#etcWhenLeft.set(from.commit, etc);
    const stored = await request.attachments.storeBytes(
      { case: request.case.case, name: `${name}.json`, mediaType: 'application/json' },
      JSON.stringify(seen),
    );
    request.emit(stored);
    request.emit({ event: 'judged', case: request.case.case, transition: name, findings: [...findings] });
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
      bootIds: [before.bootId, ...('after' in seen ? [after.bootId] : [])],
      ...(transition.attempts ? { attempts: transition.attempts } : {}),
    });
    const { server } = this.environment;
    const { bytes, ...counts } = trafficSince(this.#traffic, server.traffic);
    this.#traffic = server.traffic;
    const layers = server.takeLayers?.();
    const cost = { ...counts, ...(layers ? { layers } : {}) };
    this.steps.note('update-cost', { transition: name, ...cost, pulledBytes: bytes });
    return { ...cost, bytes };
  }
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
