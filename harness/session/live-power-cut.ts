import { commitOf } from '../judge/deployment-name.ts';
import { pickedEntry } from '../judge/picked-entry.ts';
import type { CommitPosition, ImageExpectation, Transition } from '../judge/transition.ts';
import type { Fault } from '../scenario/api.ts';
import type { ClientResult } from '../update/update-client.ts';
import { proveCut } from './cut-proof.ts';
import type { DeviceSession } from './device-session.ts';
import { viewDisk } from './disk-views.ts';
import { during, outcome, type Disturbed } from './fault-trigger.ts';
import type { SessionImage } from './image-source.ts';
import { isWhileStaging, phaseShown, signOf } from './phase-shown.ts';
import { silenceAfter } from './silence.ts';

/**
 * Power removed while the update runs, proven by the harness itself, and the disk looked at before it runs again. What is lost is
 * the bench's own loss model: the receipt names it.
 */
export async function livePowerCut(
  session: DeviceSession,
  fault: Fault,
  stage: () => Promise<ClientResult>,
  to: SessionImage,
): Promise<Disturbed> {
  const { target } = session.environment;
  const { console } = session.device;
  const { bootId, shell } = session.device.current;
  const from = console.length;
  const cut = async () => {
    const receipt = await target.power.cut(session.limit('canaries'));
    const seen = await proveCut({ target, console, shell }, receipt, session.limit('canaries'));
    session.device.lost();
    session.steps.note('receipt', { ...receipt, seen });
    return receipt;
  };
  const sign = signOf(fault.at);
  let client: ClientResult | undefined;
  let receipt;
  if (sign) {
    await shell.run(['systemctl', 'reboot'], { deadline: session.limit('canaries') });
    await console.expect([{ name: fault.at, pattern: sign }], { from, deadline: session.limit('boot') });
    receipt = await cut();
  } else {
    [client, receipt] = await during(session, fault, stage, cut);
  }
  // The device ran on between the sign and the cut.
  const shown = session.device.transcript.read(from, console.length - from).toString('latin1');
  const phaseHit = phaseShown(shown) ?? fault.at;
  const offline = await look(session);
  session.steps.moment = 'after-cut';
  const bootedFrom = console.length;
  const boot = async () => {
    await target.power.on(session.limit('canaries'));
    await session.device.settle(bootId, bootedFrom, session.limit('boot'));
  };
  const silence = await silenceAfter(() => session.steps.run('boot after the cut', boot));
  const position = isWhileStaging(fault.at) ? ('before-commit' as const) : positionAt(phaseHit, offline, to);
  return {
    client,
    rebooted: true,
    offline,
    silence,
    outcome: { ...outcome(fault, phaseHit, position), lossModel: receipt.lossModel },
  };
}

/** The disk as the cut left it, as the boot loader and as the kernel would see it. */
async function look(session: DeviceSession): Promise<NonNullable<Transition['offline']>> {
  const { environment, steps } = session;
  const expectedUsr = await session.images.expectedUsr();
  return steps.run(
    'view the disk',
    async () => {
      const disk = await environment.target.openDisk();
      try {
        return viewDisk(disk, expectedUsr).offline;
      } finally {
        disk.close();
      }
    },
    ({ firmware, kernel, pickedResolvesTo }) => ({
      firmwarePicks: firmware.boot.default,
      kernelPicks: kernel.boot.default,
      pickedResolvesTo,
    }),
  );
}

/**
 * What finalize has left behind is committed, whatever the disk shows: by what it shows, an update that was lost would be one that was never issued. In the
 * first boot an old system may be picked by right, where there was one attempt alone.
 */
export function positionAt(
  phase: string,
  offline: NonNullable<Transition['offline']>,
  { commit, rollback }: Pick<ImageExpectation, 'commit' | 'rollback'>,
): Exclude<CommitPosition, 'none'> {
  const isUsedUp = phase === 'first-boot' && rollback !== 'none' && rollback.attempts <= 1;
  const isBehind = phase === 'reboot' || phase === 'first-boot';
  return isBehind && !isUsedUp ? 'commit-flushed' : positionOf(offline, commit);
}

/** On which side of the commit the cut fell, by what the disk would boot: there is no log of a live cut. */
export function positionOf(
  { firmware, kernel }: NonNullable<Transition['offline']>,
  commit: string,
): Exclude<CommitPosition, 'none'> {
  const picksNew = [firmware, kernel].map(({ boot }) => commitOf(pickedEntry(boot)?.resolvesTo) === commit);
  if (picksNew.every(Boolean)) return 'commit-flushed';
  return picksNew.some(Boolean) ? 'commit-issued' : 'before-commit';
}
