import { readdir, readFile, readlink } from 'node:fs/promises';

/** Processes that have this device open, as `NAME (pid N)`: those that this user may look into. */
export async function holdersOf(device: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const holders = await Promise.all(
    pids.map(async (pid) => {
      const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
      const targets = await Promise.all(files.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
      if (!targets.includes(device)) return [];
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
      return [`${name} (pid ${pid})`];
    }),
  );
  return holders.flat();
}
