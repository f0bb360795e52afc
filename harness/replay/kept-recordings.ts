import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Lets a new run cut into the recordings of an old one, so that a cut is at the very same write. Their disks stay where they are and are only
 * read. Gives how many were found.
 */
export async function useRecordingsOf(oldRunDir: string, newRunDir: string): Promise<number> {
  const parent = join(oldRunDir, 'recordings');
  let used = 0;
  for (const name of await readdir(parent).catch(() => [])) {
    const from = join(parent, name);
    const [basePath, logPath] = [join(from, 'base.raw'), join(from, 'writes.log')];
    const whole = await Promise.all([basePath, logPath].map((path) => stat(path).catch(() => undefined)));
    const text = await readFile(join(from, 'recording.json'), 'utf8').catch(() => undefined);
    if (text === undefined || whole.includes(undefined)) continue;
    const stored = JSON.parse(text) as { recording: Record<string, unknown> };
    // it may have been moved since it was made
    const moved = { ...stored, recording: { ...stored.recording, basePath, logPath } };
    const to = join(newRunDir, 'recordings', name);
    await mkdir(to, { recursive: true });
    await writeFile(join(to, 'recording.json'), JSON.stringify(moved), { mode: 0o600 });
    used += 1;
  }
  return used;
}
