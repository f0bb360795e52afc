import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors/harness-error.ts';

export interface RunDirectory {
  /** `20261121T080501Z-3fa9c1`: sorts by time, and is unique. */
  readonly id: string;
  readonly path: string;
}

/** A new directory for one run below `parent`. @throws UsageError `run-directory`. */
export async function newRunDirectory(parent: string, now = new Date()): Promise<RunDirectory> {
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const id = `${stamp}-${randomBytes(3).toString('hex')}`;
  const path = join(resolve(parent), id);
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new UsageError(`${(cause as Error).message}: directory of the run ${path}`, {
      code: 'run-directory',
      hint: 'name another one by --out',
      cause,
    });
  }
  return { id, path };
}

/** The directory of a run by its path, its id or the beginning of it, or `last`. @throws UsageError `no-such-run`. */
export async function findRunDirectory(parent: string, name: string): Promise<string> {
  if (name.includes('/')) return resolve(name);
  const runs = (await readdir(parent).catch(() => [])).filter((run) => /^\d{8}T\d{6}Z-/.test(run)).sort();
  const found = name === 'last' ? runs.slice(-1) : runs.filter((run) => run.startsWith(name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return join(resolve(parent), only);
  const reason = found.length > 1 ? `${found.length} runs begin like that` : 'No such run';
  throw new UsageError(`${reason}: ${name} in ${resolve(parent)}`, {
    code: 'no-such-run',
    hint: runs.length > 0 ? `the newest is ${runs.at(-1)}` : 'give the path of its directory',
  });
}
