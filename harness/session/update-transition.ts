import { DeadlineError } from '../errors/harness-error.ts';
import type { ImageRef, TransitionOptions, TransitionOutcome } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import { untilHit } from './aimed-tries.ts';
import type { DeviceSession } from './device-session.ts';
import type { Disturbed } from './fault-trigger.ts';
import type { Happened } from './happened.ts';
import type { SessionImage } from './image-source.ts';
import { disturbClient, isAimed, preparesBoot } from './live-faults.ts';
import { installMarks } from './phase-marks.ts';
import { cutFromRecording, isRecorded } from './recorded-cut.ts';
import { checkRollbackPromise } from './rollback-promise.ts';
import { silenceAfter, silenceOf } from './silence.ts';

export interface UpdateRequest {
  readonly kind: 'switch' | 'update';
  readonly image: ImageRef;
  /** The reference that the device is to follow. */
  readonly branch: string;
  /** True: the device is not asked whether it follows it already. */
  readonly switches?: boolean;
  readonly options: TransitionOptions;
}

/** An update or a switch, from observation to verdict, with the fault that was asked for. */
export async function updateTransition(session: DeviceSession, request: UpdateRequest): Promise<TransitionOutcome> {
  const { kind, image, options } = request;
  const { fault } = options;
  const to = await session.images.named(image.name);
  checkRollbackPromise(to);
  if (session.isUntouched) await session.controls.prepare([image.name]);
  if (isRecorded(fault)) return cutFromRecording(session, kind, to, fault);
  const transition = () => once(session, request, to);
  return fault && isAimed(fault) ? untilHit(session, fault, transition) : transition();
}

async function once(session: DeviceSession, request: UpdateRequest, to: SessionImage): Promise<TransitionOutcome> {
  const { kind, options } = request;
  const { fault } = options;
  await session.booted();
  const before = await session.observe('before');
  const canaries = await session.plant();
  const consoleFrom = session.device.console.length;
  if (fault) await installMarks(session.device.current.shell, session.nextMark(), session.limit('canaries'));
  session.steps.moment = 'during-update';
  const stage = stageWith(session, request);
  const disturbed = fault && !preparesBoot(fault) ? await disturbClient(session, fault, stage, to) : undefined;
  const said = disturbed ? disturbed.client : await stage();
  if (options.kargs && said?.exitCode === 0) session.judgement.setKargs(options.kargs);
  const soFar = { to, before, client: said, canaries, generation: session.generation, consoleFrom };
  if (options.stageOnly) return stay(session, soFar);

  const isStaged = session.device.isSettled && said?.exitCode === 0;
  const staged = disturbed?.staged ?? (isStaged ? await session.observe('staged', true) : undefined);
  const atBoot = fault && preparesBoot(fault) ? await disturbClient(session, fault, async () => said!, to) : undefined;
  if (!disturbed?.rebooted && !atBoot?.rebooted) session.steps.moment = 'after-update';
  const disturbance = disturbed ?? atBoot;
  const happened = () => ({ ...soFar, staged, ...ended(session, kind, to, consoleFrom, disturbance) });
  const silence = disturbance?.rebooted ? disturbance.silence : await silenceAfter(() => session.rebootSettled());
  if (silence !== undefined) {
    if (silence instanceof DeadlineError) await session.concludeSilent(happened());
    return silenceOf(session, silence);
  }
  await disturbance?.mend?.();
  const after = await session.observe('after');
  return session.conclude({ ...happened(), after });
}

/** The update itself, with the repository's channel or the registry's tag moved to its image. */
export function stageWith(
  session: DeviceSession,
  { kind, image, branch, switches = false, options }: UpdateRequest,
): () => Promise<ClientResult> {
  const { client, server, images, target, request } = session.environment;
  server.use(images.repository.channel(image.name));
  const progress = (text: string): void => {
    const line = text.split(/[\r\n]/).findLast((part) => part.trim() !== '');
    if (line) request.watch.step(`${kind}: ${line.trim().slice(0, 60)}`);
  };
  const url = `http://${target.hostAddress(server.port)}/`;
  return () =>
    session.runClient(kind, (shell, deadline) =>
      client.stage(shell, { branch, switches, url, kargs: options.kargs ?? [], deadline, onOutput: progress }),
    );
}

function ended(
  { device }: DeviceSession,
  kind: UpdateRequest['kind'],
  to: SessionImage,
  consoleFrom: number,
  disturbance: Disturbed | undefined,
): Pick<Happened, 'kind' | 'offline' | 'fault' | 'expectedBoots'> & Partial<Pick<Happened, 'attemptsUsed'>> {
  const boots = device.health.bootsSince(consoleFrom);
  const unhealthy = to.unhealthy !== undefined && !disturbance;
  const attemptsUsed = boots.filter(({ kernel }) => kernel?.release === to.kernelRelease).length;
  return {
    kind: unhealthy ? 'automatic-rollback' : kind,
    offline: disturbance?.offline,
    fault: disturbance?.outcome,
    // undisturbed, a good system is there after one
    expectedBoots: unhealthy || disturbance ? boots.length : 1,
    ...(unhealthy ? { attemptsUsed } : {}),
  };
}

/** A transition that ends before the reboot. */
export async function stay(
  session: DeviceSession,
  soFar: Omit<Happened, 'kind' | 'after' | 'expectedBoots'>,
): Promise<TransitionOutcome> {
  const after = await session.observe('after');
  return session.conclude({ ...soFar, kind: 'stage-only', after, expectedBoots: 0 });
}
