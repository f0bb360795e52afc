import { lstat, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors/harness-error.ts';
import { readEnds } from '../record/file-ends.ts';
import { recordFile } from '../record/line.ts';

export interface KeptRun {
  readonly id: string;
  readonly path: string;
  /** Of the run's files on the disk, holes left out. */
  readonly sizeBytes: number;
  readonly beganMs: number;
  /** undefined: it goes on, or was killed. */
  readonly exitCode: number | undefined;
  /** Why no limit takes it. */
  readonly held: 'asked for' | 'may still be written to' | undefined;
}

export interface Limits {
  /** Older runs go, whatever room there is. */
  readonly maxAgeMs?: number | undefined;
  /** Of all runs together. */
  readonly maxBytes?: number | undefined;
}

/** A run without an end whose record had no line for so long was killed. Longer than any case may take. */
const silentMs = 12 * 3600 * 1000;
const goingPrefix = '.removing-';
/** A run with a file of this name stays. */
export const keepMark = 'keep';

/** Runs below `parent`, oldest first. @throws UsageError `runs-of-campaign`: they are a campaign's evidence, all of them. */
export async function runsIn(parent: string, nowMs = Date.now()): Promise<KeptRun[]> {
  const names = await readdir(parent).catch((): string[] => []);
  if (names.includes('campaign.json'))
    throw new UsageError(`Runs of a campaign, which counts each of them: ${resolve(parent)}`, {
      code: 'runs-of-campaign',
      hint: 'remove the whole directory when its result is no longer needed',
    });
  const ids = names.filter((name) => /^\d{8}T\d{6}Z-[0-9a-f]+$/.test(name)).sort();
  return Promise.all(ids.map((id) => look(resolve(parent), id, nowMs)));
}

/**
 * The runs that have to go, in the order in which they go: what is too old, then, as long as the rest takes too much room, the oldest that
 * passed before the oldest that did not. The newest run stays, and so does what is held.
 */
export function toRemove(runs: readonly KeptRun[], { maxAgeMs, maxBytes }: Limits, nowMs = Date.now()): KeptRun[] {
  const free = runs.slice(0, -1).filter(({ held }) => held === undefined);
  const old = free.filter(({ beganMs }) => maxAgeMs !== undefined && nowMs - beganMs > maxAgeMs);
  const young = free.filter((run) => !old.includes(run));
  const byWorth = [
    ...young.filter(({ exitCode }) => exitCode === 0),
    ...young.filter(({ exitCode }) => exitCode !== 0),
  ];
  const removed = [...old];
  let sizeBytes = total(runs) - total(old);
  for (const run of byWorth) {
    if (maxBytes === undefined || sizeBytes <= maxBytes) break;
    removed.push(run);
    sizeBytes -= run.sizeBytes;
  }
  return removed;
}

/** Under another name first: what is removed half is not taken for a run. What an earlier removal left goes too. */
export async function removeRuns(parent: string, runs: readonly KeptRun[]): Promise<void> {
  for (const { path, id } of runs) {
    await rename(path, join(parent, `${goingPrefix}${id}`)).catch((error: NodeJS.ErrnoException) => {
      // Another run made room at the same time.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  const names = await readdir(parent).catch((): string[] => []);
  const going = names.filter((name) => name.startsWith(goingPrefix));
  for (const name of going) await rm(join(parent, name), { recursive: true, force: true });
}

export function total(runs: readonly KeptRun[]): number {
  return runs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

async function look(parent: string, id: string, nowMs: number): Promise<KeptRun> {
  const path = join(parent, id);
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(id)?.map(Number) ?? [];
  const beganMs = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  const exitCode = await exitCodeIn(join(path, recordFile));
  const lastLineMs = await stat(join(path, recordFile)).then(
    ({ mtimeMs }) => mtimeMs,
    () => beganMs,
  );
  const isAsked = await lstat(join(path, keepMark)).then(
    () => true,
    () => false,
  );
  const isOpen = exitCode === undefined && nowMs - lastLineMs < silentMs;
  const held = isAsked ? 'asked for' : isOpen ? 'may still be written to' : undefined;
  return { id, path, sizeBytes: await sizeOf(path), beganMs, exitCode, held };
}

/** From the last line of a record, if that is its end. */
async function exitCodeIn(path: string): Promise<number | undefined> {
  try {
    const { head, tail } = await readEnds(path, 256 * 1024);
    const lines = (tail.length > 0 ? tail : head).toString('utf8').trimEnd().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as { event?: unknown; exitCode?: unknown };
    return last.event === 'run-ended' && typeof last.exitCode === 'number' ? last.exitCode : undefined;
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) =>
      lstat(join(parentPath, name)).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
