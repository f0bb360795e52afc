import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeTree } from './builder-root.ts';

/** Where to work until `path` can have it whole. Named by this process, so that what a killed one left can be told from what is being made. */
export function partialOf(path: string): string {
  return `${path}.partial-${process.pid}`;
}

/** Removes what processes that are gone left half made in a folder. */
export async function sweepPartial(folder: string): Promise<void> {
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    const pid = /\.partial-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await removeTree(join(folder, name));
  }
}

/**
 * Makes a folder whole or not at all: works beside it, and renames. Nothing is left behind when that fails. One that is there by then stays, for whoever is first
 * has made it; with `replace` it goes.
 */
export async function makeWhole(
  directory: string,
  make: (work: string) => Promise<void>,
  { replace = false } = {},
): Promise<void> {
  const work = partialOf(directory);
  await mkdir(dirname(directory), { recursive: true });
  await sweepPartial(dirname(directory));
  await removeTree(work);
  try {
    await mkdir(work);
    await make(work);
    if (replace) await removeTree(directory);
    await rename(work, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    // What cannot be removed now is swept by the next one; why this one failed must not be lost over it.
    await removeTree(work).catch(() => undefined);
  }
}
