import { judgeRecovery, type Recovery } from '../judge/09-recovery.ts';
import type { Device, ImageRef } from '../scenario/api.ts';
import type { DeviceSession } from './device-session.ts';

/** Oracle 9 acts: it completes the update from here and rolls back. What ran is noted, so that it can be judged again. */
export async function checkRecovery(session: DeviceSession, device: Device, image: ImageRef): Promise<void> {
  session.steps.moment = 'after-update';
  await session.booted();
  const recovery = await recover(session, device, image);
  session.steps.note('recovery', { ...recovery });
  judgeRecovery(recovery).forEach((finding) => session.judgement.add(finding));
}

async function recover(session: DeviceSession, device: Device, image: ImageRef): Promise<Recovery> {
  const running = (await session.observe('before')).deployments.find(({ booted }) => booted);
  const target = await session.images.named(image.name);
  const outcome = running?.checksum === target.commit ? await device.reboot() : await device.update(image);
  const recovery = { asked: image.name, updated: outcome.running };
  const others = outcome.transition.after.deployments.filter(({ booted, staged }) => !booted && !staged);
  if (outcome.running !== image.name || others.length === 0) return recovery;
  const back = await device.rollback();
  return { ...recovery, rollback: { to: back.transition.to.name, running: back.running } };
}
