import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RawImage } from '../blocklog/raw-image.ts';
import { BenchError, DeadlineError, ProductError } from '../errors/harness-error.ts';
import { safeName } from '../record/attachment.ts';
import type { DeviceSession } from './device-session.ts';
import { keepDisk } from './kept-disk.ts';

/**
 * A device that is silent once an update had begun. The bad disk is kept (`rebuilt`: it is this file, else it is read from the bench), and the
 * bench is proven good by a known-good disk on the same command line. Then the silence is the product's; a bench on which the good disk is
 * silent too has failed itself. Where nobody can read the disk it stays in the device, as the only one there is, and nothing is proven.
 * @throws ProductError `device-does-not-boot`, BenchError `bench-not-proven` or that of a bench that cannot tell its power, or the cause itself.
 */
export async function silenceOf(session: DeviceSession, cause: unknown, rebuilt?: string): Promise<never> {
  const { environment, steps } = session;
  const { target, request } = environment;
  if (!(cause instanceof DeadlineError)) throw cause;
  // A bench that is not there any more (its lease was lost, its switch does not answer) says so, and not the device.
  await target.power.sense();
  if (rebuilt === undefined && !target.capabilities.has('disk.offline')) throw cause;
  const phase = steps.moment;
  if (phase === 'before-update') throw cause;
  const lastLine = session.device.transcript.lastLine;
  await target.power.off(request.deadline);
  const badDisk = await steps.run('keep the bad disk', () => keep(session, rebuilt));
  const details = { badDisk, lastLine, phase };
  try {
    await session.provision();
    await session.powerOn();
  } catch (error) {
    if (!(error instanceof DeadlineError || error instanceof BenchError)) throw error;
    // The case's time is over, which says nothing of the bench: the silence stays unconfirmed, and the product's.
    if (request.deadline.leftMs === 0) throw cause;
    throw new BenchError(`Silent ${when(phase)}, and so is the known-good disk on the same bench: ${target.name}`, {
      code: 'bench-not-proven',
      hint: `the disk is kept: ${badDisk}`,
      details: { ...details, benchProven: false },
      cause: error,
    });
  }
  throw new ProductError(
    `Does not boot ${when(phase)}, while the bench boots a known-good disk: ${target.name}, last line: ${lastLine}`,
    {
      code: 'device-does-not-boot',
      hint: `the disk is kept: ${badDisk}`,
      details: { ...details, benchProven: true },
      cause,
    },
  );
}

/** What a boot that did not come ended with; undefined: it came. */
export function silenceAfter(boot: () => Promise<unknown>): Promise<unknown> {
  return boot().then(
    () => undefined,
    (error: unknown) => error,
  );
}

const when = (phase: string): string => (phase === 'after-cut' ? 'after the cut' : 'after the update had begun');

/** In the run's directory: the case's own scratch goes with the case. */
async function keep({ environment }: DeviceSession, rebuilt: string | undefined): Promise<string> {
  const { target, request } = environment;
  const directory = join(request.attachments.runDir, 'disks');
  const path = join(directory, `${safeName(request.case.case)}.raw`);
  await mkdir(directory, { recursive: true });
  await rm(path, { force: true });
  const disk = rebuilt === undefined ? await target.openDisk() : new RawImage(rebuilt);
  try {
    keepDisk(disk, path);
  } finally {
    disk.close();
  }
  return path;
}
