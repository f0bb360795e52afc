import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import type { Deadline } from '../device/deadline.ts';

/**
 * Runs `body` while no other process does so under the same lock directory. A lock whose owner is gone is taken over; the owner
 * is known by pid and start time, so that a reused pid is not taken for it.
 */
export async function exclusively<T>(lock: string, deadline: Deadline, body: () => Promise<T>): Promise<T> {
  const owner = join(lock, 'owner');
  await deadline.until(async () => {
    try {
      await mkdir(lock);
      await writeFile(owner, await processName(process.pid));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const name = await readFile(owner, 'utf8').catch(() => undefined);
      const pid = Number(name?.split(' ')[0]);
      if (name !== undefined && (!existsSync(`/proc/${pid}`) || (await processName(pid)) !== name)) {
        await rm(lock, { recursive: true, force: true });
      }
      return undefined;
    }
  }, 200);
  try {
    return await body();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** `pid starttime`, the 22nd field of /proc/PID/stat. */
async function processName(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '?'}`;
}
