import { readFile } from 'node:fs/promises';

/** Field 22 of /proc/PID/stat (proc(5)): start in clock ticks since boot; undefined: no such process. */
export async function startTicks(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // The command name may hold spaces and parentheses: fields are counted from the last one.
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? undefined : Number(ticks);
}
