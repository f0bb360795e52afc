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
  { disk, entries }: { readonly disk: string; readonly entries: number },
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
    const range = [0, recorded.log.length] as const;
    const used = boot.boots === 'new' ? attemptsUsed(subject, entries) + 1 : 0;
    const transition = withAttempts(subject.transition, used);
    return { boot, recovery: { ...same, transition, basePath, logPath, range, windows: [], commit } };
  } finally {
    recorded.close();
  }
}

/** Starts of the new system that the recorded update had made at this cut, and whose boot is not marked good yet. */
export function attemptsUsed({ windows }: Pick<ExploreSubject, 'windows'>, entries: number): number {
  const begun = windows.some(({ phase, from }) => phase === 'first-boot' && from <= entries);
  const good = windows.some(({ phase, to }) => phase === 'boot-complete' && to <= entries);
  return begun && !good ? 1 : 0;
}

/** Where the boot loader counts, two cuts can use up what the new system is granted, and the old one comes back by right. */
function withAttempts(transition: ExploreSubject['transition'], used: number): ExploreSubject['transition'] {
  const { rollback } = transition.to;
  return rollback === 'none' ? transition : { ...transition, attempts: { used, granted: rollback.attempts } };
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
