import { BenchError, CapabilityError, DeadlineError } from '../errors/harness-error.ts';
import type { Deployment } from '../observe/observation.ts';
import type { Racing, TransitionOutcome } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import type { DeviceSession } from './device-session.ts';
import type { SessionImage } from './image-source.ts';
import { silenceAfter, silenceOf } from './silence.ts';
import { stageWith, type UpdateRequest } from './update-transition.ts';

/** One of the two that ask something of the device at the same time. */
interface Racer {
  readonly kind: 'switch' | 'update' | 'rollback';
  readonly to: SessionImage;
  readonly run: () => Promise<ClientResult>;
}

/** A racer at its end; times are the harness's, milliseconds. */
export interface Ran extends Pick<Racer, 'kind' | 'to'> {
  readonly client: ClientResult;
  readonly fromMs: number;
  readonly toMs: number;
}

export async function racedSwitch(
  session: DeviceSession,
  request: UpdateRequest,
  racing: Racing,
): Promise<TransitionOutcome> {
  const to = await session.images.named(request.image.name);
  // As somebody types it: the status of a device that is being updated waits for the update's end.
  const run = stageWith(session, { ...request, switches: true });
  return race(session, { kind: 'switch', to, run }, racing);
}

export async function racedRollback(
  session: DeviceSession,
  to: SessionImage,
  index: number,
  racing: Racing,
): Promise<TransitionOutcome> {
  const run = (): Promise<ClientResult> =>
    session.runClient('rollback', (shell, deadline) => session.environment.client.rollback(shell, deadline, index));
  return race(session, { kind: 'rollback', to, run }, racing);
}

/**
 * A command and the device's own update at the same time, from observation to verdict. Who came last is the device's to say: it is read from what
 * it will boot once both have ended, and from there on exactly that must come. Where it will boot neither, the command is what was asked for.
 */
async function race(session: DeviceSession, command: Racer, racing: Racing): Promise<TransitionOutcome> {
  const timer = await timerOf(session, racing);
  await session.booted();
  const before = await session.observe('before');
  const canaries = await session.plant();
  const consoleFrom = session.device.console.length;
  session.steps.moment = 'during-update';
  const ran = await atOnce(session, racing.first === 'timer' ? [timer, command] : [command, timer]);
  const staged = await session.observe('staged', true);
  const last = lastWord(staged.deployments, ran);
  session.steps.note('race', {
    first: racing.first,
    ran: ran.map(({ kind, to, client, fromMs, toMs }) => ({
      kind,
      to: to.name,
      exitCode: client.exitCode,
      ms: [fromMs, toMs].map((ms) => Math.round(ms - ran[0].fromMs)),
    })),
    next: last?.to.name ?? 'neither',
  });
  const { kind, to, client } = last ?? ran.find((one) => one.to === command.to)!;
  const soFar = { kind, to, before, client, canaries, generation: session.generation, consoleFrom };
  const happened = { ...soFar, ...(kind === 'rollback' ? {} : { staged }), expectedBoots: 1 };
  session.steps.moment = 'after-update';
  const silence = await silenceAfter(() => session.rebootSettled());
  if (silence !== undefined) {
    if (silence instanceof DeadlineError) await session.concludeSilent(happened);
    return silenceOf(session, silence);
  }
  return session.conclude({ ...happened, after: await session.observe('after') });
}

async function timerOf(session: DeviceSession, { timer }: Racing): Promise<Racer> {
  const { client, server, images } = session.environment;
  if (!client.timerUpdate) {
    throw new CapabilityError(`No update by a timer of its own: update client ${client.name}`, { code: 'no-timer' });
  }
  const to = await session.images.named(timer.name);
  server.use(images.repository.channel(timer.name));
  return {
    kind: 'update',
    to,
    run: () => session.runClient("the timer's update", (shell, deadline) => client.timerUpdate!(shell, deadline)),
  };
}

/** Runs both, the second in the middle of the first. @throws BenchError `fault-without-effect`: they were not there at the same time. */
export async function atOnce(
  { environment: { server } }: Pick<DeviceSession, 'environment'>,
  [first, second]: readonly [Racer, Racer],
): Promise<readonly [Ran, Ran]> {
  const waiting = new AbortController();
  const pulls = first.kind === 'rollback' ? Promise.resolve() : server.objectsServed(1, waiting.signal);
  const running = timed(first);
  running.catch(() => undefined);
  try {
    await Promise.race([pulls, running]);
  } finally {
    waiting.abort();
    pulls.catch(() => undefined);
  }
  const ran = await Promise.allSettled([running, timed(second)]);
  const [one, other] = ran.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  }) as [Ran, Ran];
  if (one.toMs > other.fromMs) return [one, other];
  throw new BenchError(`No race: ${first.kind} to ${first.to.name} had ended before ${second.kind} began`, {
    code: 'fault-without-effect',
    hint: one.client.output.trim().slice(-300) || 'it printed nothing',
    details: { benchUsable: true },
  });
}

async function timed({ kind, to, run }: Racer): Promise<Ran> {
  const fromMs = performance.now();
  const client = await run();
  return { kind, to, client, fromMs, toMs: performance.now() };
}

/** Whose system the device will boot: the staged one, or else the first in its order. undefined: neither's. */
export function lastWord(deployments: readonly Deployment[], ran: readonly Ran[]): Ran | undefined {
  const next = deployments.find(({ staged }) => staged) ?? deployments[0];
  return ran.find(({ to }) => to.commit === next?.checksum);
}
