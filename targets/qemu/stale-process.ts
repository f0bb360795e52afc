import { readdir, readFile } from 'node:fs/promises';
import type { Deadline } from '../../harness/device/deadline.ts';

/**
 * Kills every process whose command line carries `-pidfile PATH`: QEMUs of this bench whose owner died. The command line is the proof, read in
 * the moment of the kill: a pid from a file may by now belong to somebody else.
 * @returns pids that were killed.
 */
export async function reapStale(pidPath: string, deadline: Deadline): Promise<number[]> {
  const killed = new Set<number>();
  await deadline.until(async () => {
    const found = await processesHolding(pidPath);
    for (const pid of found) if (signal(pid)) killed.add(pid);
    return found.length === 0 || undefined;
  }, 20);
  return [...killed];
}

/** Zombies have no command line, so what is listed here still runs. */
export async function processesHolding(pidPath: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const holds = await Promise.all(
    pids.map(async (pid) => {
      const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      return words.some((word, n) => word === '-pidfile' && words[n + 1] === pidPath);
    }),
  );
  return pids.filter((pid, n) => holds[n] && pid !== process.pid);
}

function signal(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it ended between the look and the kill
  }
}
