import { BenchError, DeadlineError } from '../errors/harness-error.ts';
import { systemOf, type Boots } from '../explore/state-judge.ts';
import type { ExploreSubject } from '../explore/subject.ts';
import type { DeviceSession } from './device-session.ts';
import type { StoredRecording } from './recording-store.ts';

export interface StateBoot {
  /** What the first start ended in. A kernel that started and did not come up is `nothing`, even if the device then restarted by itself. */
  readonly boots: Boots;
  /** What runs after such a restart: the journal is replayed by then. */
  readonly then?: Boots;
  /** The console's last line: what a silent device said last. */
  readonly lastLine: string;
}

/**
 * Boots a rebuilt disk on a session's bench, the way of a recorded cut, and sees what runs. Silence until the deadline is `nothing` once the same
 * bench has booted a known-good disk: a bench that is only slow must not confirm a prediction.
 * @throws BenchError `bench-not-proven`.
 */
export async function bootState(
  session: DeviceSession,
  { identity, generation }: StoredRecording,
  { transition }: ExploreSubject,
  disk: string,
  record = false,
): Promise<StateBoot> {
  await session.adopt(disk, identity, generation, record);
  try {
    await session.powerOn();
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    const { lastLine } = session.device.transcript;
    await knownGood(session, error);
    return { boots: 'nothing', lastLine };
  }
  const { deployments } = await session.observe('after', true);
  const running = deployments.find(({ booted }) => booted)?.checksum;
  const { health, transcript } = session.device;
  const runs = systemOf(transition, running);
  return { ...firstStart(health.bootsSince(0).length, runs), lastLine: transcript.lastLine };
}

/** `runs` after so many starts of a kernel. */
export function firstStart(starts: number, runs: Boots): Pick<StateBoot, 'boots' | 'then'> {
  return starts > 1 ? { boots: 'nothing', then: runs } : { boots: runs };
}

/** For a line: `new`, or `nothing, then new`. */
export function bootWords({ boots, then }: Pick<StateBoot, 'boots' | 'then'>): string {
  return then === undefined ? boots : `${boots}, then ${then}`;
}

async function knownGood(session: DeviceSession, silence: DeadlineError): Promise<void> {
  const { target, request } = session.environment;
  await target.power.off(request.deadline);
  try {
    await session.provision();
    await session.powerOn();
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw new BenchError(`Silent with a crash state, and with a known-good disk too: ${target.name}`, {
      code: 'bench-not-proven',
      hint: 'is the host too busy? the state can be booted again alone, by --state',
      cause: silence,
    });
  }
}
