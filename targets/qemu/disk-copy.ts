import { execa } from 'execa';
import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Deadline } from '../../harness/device/deadline.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';
import { noSpace } from './host-space.ts';

/** Copies a raw image, holes as holes, and by reference where the file system can. @throws BenchError `no-space`, `disk-copy-failed`. */
export async function copyDisk(from: string, to: string, deadline: Deadline): Promise<void> {
  const { exitCode, stderr } = await deadline.race(
    execa('cp', ['--sparse=auto', '--reflink=auto', '--', from, to], {
      reject: false,
      stdin: 'ignore',
      env: { LC_ALL: 'C' },
      cancelSignal: deadline.signal,
    }),
  );
  if (exitCode === 0) return await chmod(to, 0o600); // a golden disk may be read-only; its copy holds a private key
  if (stderr.includes('No space left')) throw noSpace(dirname(to), { from });
  throw new BenchError(`${stderr.trim().split('\n')[0] ?? 'cp failed'}`, {
    code: 'disk-copy-failed',
    details: { from, to, exitCode },
  });
}
