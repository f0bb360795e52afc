import { BenchError, DeadlineError, ProductError } from '../errors/harness-error.ts';
import type { DeviceSession } from './device-session.ts';

/**
 * A device that is silent after a fault: the bench is proven good by a known-good disk on the same command line, and the bad disk
 * is kept. Then silence is the product's; a bench on which the good disk is silent too has failed itself.
 */
export async function silenceOf(session: DeviceSession, cause: unknown, badDisk: string): Promise<never> {
  if (!(cause instanceof DeadlineError)) throw cause;
  const { target, request } = session.environment;
  const lastLine = session.device.transcript.lastLine;
  await target.power.off(request.deadline);
  try {
    await session.provision();
    await session.powerOn();
  } catch (error) {
    throw new BenchError('Silent after a cut, and so is the known-good disk on the same bench', {
      code: 'bench-not-proven',
      details: { badDisk, lastLine, benchProven: false, phase: 'after-cut' },
      cause: error,
    });
  }
  throw new ProductError(
    `Device does not boot after the cut, and the bench boots a known-good disk: last line: ${lastLine}`,
    {
      code: 'device-does-not-boot',
      hint: `the disk is kept: ${badDisk}`,
      details: { badDisk, lastLine, benchProven: true, phase: 'after-cut' },
      cause,
    },
  );
}
