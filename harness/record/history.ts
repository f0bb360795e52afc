import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors/harness-error.ts';
import { safeName } from './attachment.ts';
import { runDigest, type RunDigest } from './run-digest.ts';

const suffix = '.run.json';

/** Puts a run's digest into the directory; one of the same run is replaced, so that a nightly may be reported twice. */
export async function addToHistory(directory: string, digest: RunDigest): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${safeName(digest.run)}${suffix}`);
  await writeFile(`${path}.part`, `${JSON.stringify(digest)}\n`);
  await rename(`${path}.part`, path);
  return path;
}

/** All runs of a history, oldest first; [] for a directory that is not there yet. @throws UsageError `history-invalid`, which names the file. */
export async function readHistory(directory: string): Promise<RunDigest[]> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(suffix));
  const digests = await Promise.all(names.map((name) => readDigest(join(directory, name))));
  return digests.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.run < b.run ? -1 : 1));
}

async function readDigest(path: string): Promise<RunDigest> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // told below
  }
  const parsed = runDigest.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new UsageError(`Not the digest of a run, or one of a newer version: ${path}`, {
    code: 'history-invalid',
    hint: 'take it out of the directory',
  });
}
