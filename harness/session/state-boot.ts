import { DeadlineError } from '../errors/harness-error.ts';
import type { Boots } from '../explore/state-judge.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import type { DeviceSession } from './device-session.ts';
import type { StoredRecording } from './recording-store.ts';

export interface StateBoot {
  readonly boots: Boots;
  /** The console's last line: what a silent device said last. */
  readonly lastLine: string;
}

/** Boots a rebuilt disk on a session's bench, the way of a recorded cut, and sees what runs. Silence until the deadline is `nothing`. */
export async function bootState(
  session: DeviceSession,
  { identity, generation }: StoredRecording,
  { transition: { from, to } }: ExploreSubject,
  disk: string,
): Promise<StateBoot> {
  await session.adopt(disk, identity, generation);
  try {
    await session.powerOn();
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    return { boots: 'nothing', lastLine: session.device.transcript.lastLine };
  }
  const { deployments } = await session.observe('after', true);
  const running = deployments.find(({ booted }) => booted)?.checksum;
  const boots = running === to.commit ? 'new' : running === from.commit ? 'old' : 'other';
  return { boots, lastLine: session.device.transcript.lastLine };
}
