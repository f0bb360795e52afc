import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError, DeadlineError } from '../../harness/errors/harness-error.ts';
import { currentOwner, type BenchOwner } from './bench-lock.ts';
import { startTicks } from './process-start.ts';

/** For a worker to end its case and to release the bench; then its process group is killed. */
const graceMs = 45_000;

/**
 * Takes a bench away from its owner on this host: asked to release it, and killed when that takes too long.
 * @returns the owner; undefined when nobody held it. @throws BenchError `bench-not-stolen` when this user may not end the owner.
 */
export async function stealBench(
  lockDir: string,
  bench: string,
  deadline: Deadline,
  releaseMs = graceMs,
): Promise<Partial<BenchOwner> | undefined> {
  const owner = await currentOwner(lockDir);
  const pid = owner?.pid;
  if (!owner || pid === undefined || pid === process.pid) return undefined;
  const gone = async () => ((await startTicks(pid)) === owner.startTicks ? undefined : true);
  try {
    process.kill(pid, 'SIGTERM');
    await deadline.within(`the end of process ${pid}`, releaseMs).until(gone);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw notStolen(error, bench, owner);
    deadline.check();
    end(pid);
    await deadline.until(gone);
  }
  return owner;
}

/** A worker leads its group, and the machine of the bench is in it. */
function end(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // ESRCH: no such group, or nothing left of it
    }
  }
}

function notStolen(cause: unknown, bench: string, { pid, use }: Partial<BenchOwner>): BenchError {
  return new BenchError(`Not ended, ${(cause as Error).message}: process ${pid}, the owner of bench ${bench}`, {
    code: 'bench-not-stolen',
    hint: 'it belongs to another user: ask them, or let root do it',
    details: { use },
    cause,
  });
}
