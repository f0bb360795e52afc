import type { Finding } from '../judge/finding.ts';
import type { Device, ImageRef } from '../scenario/api.ts';
import type { DeviceSession } from './device-session.ts';

/** Oracle 9, an action: the update can be completed from here, and a rollback boots from here. */
export async function checkRecovery(session: DeviceSession, device: Device, image: ImageRef): Promise<void> {
  session.steps.moment = 'after-update';
  await session.booted();
  const running = (await session.observe('before')).deployments.find(({ booted }) => booted);
  const target = await session.images.named(image.name);
  const outcome = running?.checksum === target.commit ? await device.reboot() : await device.update(image);
  if (outcome.running !== image.name) {
    session.judgement.add(
      finding('update-not-completable', `The update cannot be completed from here: ${outcome.running} runs`),
    );
    return;
  }
  const others = outcome.transition.after.deployments.filter(({ booted, staged }) => !booted && !staged);
  if (others.length === 0) return session.steps.note('recovery', { rollback: 'not applicable: one deployment' });
  const back = await device.rollback();
  if (back.running !== back.transition.to.name) {
    session.judgement.add(finding('rollback-does-not-boot', `Rollback does not boot from here: ${back.running} runs`));
  }
}

function finding(code: string, message: string): Finding {
  return { oracle: 9, code, severity: 'violation', message, details: {}, view: 'live' };
}
