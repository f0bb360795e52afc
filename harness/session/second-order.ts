import { RecordedDisk } from '../blocklog/disk-state.ts';
import { recoveredCommit } from '../explore/recovered-commit.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import type { TransitionOutcome } from '../scenario/api.ts';
import type { DeviceSession } from './device-session.ts';
import type { StoredRecording } from './recording-store.ts';
import { bootState, type StateBoot } from './state-boot.ts';
import { updateTransition } from './update-transition.ts';

/** How long a device that has recovered is left alone before the power goes again. */
const settledSeconds = 10;

/**
 * Boots a crash state with its disk recorded, lets the device recover, and cuts the power again: what the disk could hold during the recovery, as the same
 * update's crash states. Its log is the bench's, until that gets another disk. @throws as bootState.
 */
export async function recordRecovery(
  session: DeviceSession,
  stored: StoredRecording,
  subject: ExploreSubject,
  disk: string,
): Promise<{ readonly boot: StateBoot; readonly recovery: ExploreSubject | undefined }> {
  const { target } = session.environment;
  const boot = await bootState(session, stored, subject, disk, true);
  if (boot.boots === 'nothing') return { boot, recovery: undefined };
  await session.steps.run('recovery: late writeback', () =>
    session.device.current.shell.run(['sleep', String(settledSeconds)], { deadline: session.limit('client') }),
  );
  session.steps.note('receipt', { ...(await target.power.cut(session.limit('canaries'))) });
  session.device.lost();
  const { basePath, logPath } = await target.recording();
  const { marks: _marks, bootedAt: _bootedAt, ...same } = subject;
  const recorded = RecordedDisk.open({ basePath, logPath });
  try {
    const commit = recoveredCommit(recorded, subject);
    return { boot, recovery: { ...same, basePath, logPath, range: [0, recorded.log.length], windows: [], commit } };
  } finally {
    recorded.close();
  }
}

/** Boots a crash state and runs the same update again, to its end: what was begun twice must end as if begun once. */
export async function updateAgain(
  session: DeviceSession,
  { identity, generation }: StoredRecording,
  { transition }: ExploreSubject,
  disk: string,
): Promise<TransitionOutcome> {
  await session.adopt(disk, identity, generation);
  await session.powerOn();
  const image = await session.images.ofCommit(transition.to.commit);
  return updateTransition(session, { kind: 'update', image, branch: 'bootproof/stable', options: {} });
}
