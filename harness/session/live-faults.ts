import { InternalError } from '../errors/harness-error.ts';
import type { CommitPosition } from '../judge/transition.ts';
import type { Fault } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import { killClient } from './client-kill.ts';
import type { DeviceSession } from './device-session.ts';
import { during, objectsIntoPull, outcome, withoutEffect, type Disturbed } from './fault-trigger.ts';
import type { SessionImage } from './image-source.ts';
import { livePowerCut } from './live-power-cut.ts';
import { isWhileStaging, phaseShown, signOf } from './phase-shown.ts';
import { silenceAfter } from './silence.ts';
import { disturbRegistry } from './registry-disturbance.ts';

/** Faults that hit while the device shuts down: they are set up once the update is staged. */
export function preparesBoot({ at }: Fault): boolean {
  return !isWhileStaging(at);
}

/** Faults that hit at an instant, which may be too early or too late. */
export function isAimed({ kind }: Fault): boolean {
  return kind === 'client-kill' || kind === 'reset' || kind === 'power-cut';
}

/** Runs the client with the fault, and shows that it took effect. @throws BenchError `fault-without-effect`. */
export async function disturbClient(
  session: DeviceSession,
  fault: Fault,
  stage: () => Promise<ClientResult>,
  to: SessionImage,
): Promise<Disturbed> {
  switch (fault.kind) {
    case 'repository-gone':
    case 'corrupt-object':
    case 'wrong-signature':
      return repositoryFault(session, fault, stage);
    case 'wrong-seal':
      return wrongSeal(session, fault, stage, to);
    case 'registry':
      return disturbRegistry(session, fault, stage);
    case 'client-kill':
      return killClient(session, fault, stage, to);
    case 'reset':
      return reset(session, fault, stage);
    case 'power-cut':
      return livePowerCut(session, fault, stage, to);
    case 'disk-full':
      return fault.at === 'finalize' ? diskFullAtFinalize(session, fault) : diskFullAtPull(session, fault, stage);
    default:
      throw new InternalError(`Not a live fault: ${fault.kind} at ${fault.at}`, { code: 'no-such-fault' });
  }
}

async function repositoryFault(
  session: DeviceSession,
  fault: Fault,
  stage: () => Promise<ClientResult>,
): Promise<Disturbed> {
  const { server } = session.environment;
  server.fail(
    fault.kind === 'wrong-signature'
      ? { kind: fault.kind }
      : {
          kind: fault.kind as 'repository-gone' extends never ? never : 'corrupt-object',
          afterObjects: objectsIntoPull,
        },
  );
  if (fault.kind === 'repository-gone') server.fail({ kind: 'gone', afterObjects: objectsIntoPull });
  const client = await stage();
  const hits = server.faultHits;
  server.fail(undefined);
  if (hits === 0) throw withoutEffect(fault, 'the repository never did it');
  session.steps.note('fault', { kind: fault.kind, hits, exitCode: client.exitCode });
  return { client, rebooted: false, outcome: outcome(fault, 'pull', 'before-commit') };
}

/** It took effect where the device fetched that commit. Whether it installs it is the question. */
async function wrongSeal(
  session: DeviceSession,
  fault: Fault,
  stage: () => Promise<ClientResult>,
  to: SessionImage,
): Promise<Disturbed> {
  const { server, images } = session.environment;
  const { name, commit } = await session.images.named(`${to.name}-other-digest`);
  server.use(images.repository.channel(name));
  const client = await stage();
  const { exitCode } = await session.device.current.shell.run(['ostree', 'show', '--raw', commit], {
    deadline: session.limit('canaries'),
  });
  if (exitCode !== 0) throw withoutEffect(fault, 'the device has no such commit');
  session.steps.note('fault', { kind: fault.kind, image: name, exitCode: client.exitCode });
  return { client, rebooted: false, outcome: outcome(fault, 'stage', 'before-commit') };
}

async function reset(session: DeviceSession, fault: Fault, stage: () => Promise<ClientResult>): Promise<Disturbed> {
  const { target } = session.environment;
  const { console } = session.device;
  const { bootId, shell } = session.device.current;
  const from = console.length;
  let shown: string | undefined;
  const act = async (): Promise<void> => {
    const receipt = await target.power.reset(session.limit('canaries'));
    shown = phaseShown(session.device.transcript.read(from, console.length - from).toString('latin1'));
    session.device.lost();
    session.steps.note('receipt', { ...receipt });
  };
  let client: ClientResult | undefined;
  const pattern = signOf(fault.at);
  if (pattern) {
    await shell.run(['systemctl', 'reboot'], { deadline: session.limit('canaries') });
    await console.expect([{ name: fault.at, pattern }], { from, deadline: session.limit('boot') });
    await act();
  } else {
    [client] = await during(session, fault, stage, act);
  }
  session.steps.moment = 'after-update';
  const boot = () => session.device.settle(bootId, from, session.limit('boot'));
  const silence = await silenceAfter(() => session.steps.run('boot after reset', boot));
  const phaseHit = shown ?? fault.at;
  return {
    client,
    rebooted: true,
    silence,
    outcome: { ...outcome(fault, phaseHit, positionIn(phaseHit)), lossModel: 'memory' },
  };
}

/** Between begin and end of finalize nobody outside knows on which side of the commit a reset fell. */
function positionIn(phase: string): CommitPosition {
  if (phase === 'finalize') return 'commit-issued';
  return phase === 'reboot' || phase === 'first-boot' ? 'commit-flushed' : 'before-commit';
}

/**
 * Leaves a device too little room: of all that is free, the part kept for root included, since the client is root. What is left must be more than
 * ext4 keeps from everybody for its own metadata (2 %, at most 16 MiB), and less than an update needs.
 */
const fillScript = `set -eu
free=$(stat -f -c '%S %f' "$1" | awk '{ printf "%d", $1 * $2 }')
fallocate -l $((free - $2)) "$1/bootproof-fill"
sync "$1/bootproof-fill"`;

async function fill(session: DeviceSession, directory: string, leaveBytes: number): Promise<() => Promise<void>> {
  const { exitCode, stderr } = await session.device.current.shell.script(fillScript, [directory, String(leaveBytes)], {
    deadline: session.limit('client'),
  });
  if (exitCode !== 0) throw withoutEffect({ kind: 'disk-full', at: 'pull' }, stderr.toString('utf8').slice(-300));
  return async () => {
    await session.device.current.shell.run(['rm', '-f', `${directory}/bootproof-fill`], {
      deadline: session.limit('canaries'),
    });
  };
}

async function diskFullAtPull(
  session: DeviceSession,
  fault: Fault,
  stage: () => Promise<ClientResult>,
): Promise<Disturbed> {
  const mend = await fill(session, '/var', 40 * 1024 * 1024);
  const client = await stage();
  if (client.exitCode === 0 || !/No space left|free space|min-free-space/i.test(client.output)) {
    throw withoutEffect(fault, `the client ended with ${client.exitCode} and did not name it`);
  }
  return { client, rebooted: false, mend, outcome: outcome(fault, 'pull', 'before-commit') };
}

async function diskFullAtFinalize(session: DeviceSession, fault: Fault): Promise<Disturbed> {
  const mend = await fill(session, '/boot', 8 * 1024 * 1024);
  return { client: undefined, rebooted: false, mend, outcome: outcome(fault, 'finalize', 'before-commit') };
}
