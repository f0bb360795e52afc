import { execaNode } from 'execa';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareImages } from '../harness/cli/image-sets.ts';
import { RecordedDisk } from '../harness/blocklog/disk-state.ts';
import { digestOf } from '../harness/explore/base-digest.ts';
import type { Exploration } from '../harness/explore/exploration.ts';
import { exploreAll } from '../harness/explore/explore-all.ts';
import { judgeInFull } from '../harness/explore/full-judgement.ts';
import { enumerationOf } from '../harness/explore/subject.ts';
import { sampledStates } from '../harness/explore/sampled-states.ts';
import { denseWindow, readRecording, subjectOf } from '../harness/session/explored-update.ts';

export interface ExploreRate {
  /** States that are rebuilt and read whole, one after the other; each in both views, by all offline oracles. */
  readonly naive: { readonly states: number; readonly ms: number };
  /** The same states and all others within the bound, by two threads; none of the pruned ones judged in full. */
  readonly explored: Pick<Exploration, 'enumerated' | 'unique' | 'pruned'> & { readonly ms: number };
  readonly peakRssBytes: number;
}

const seed = 1;

/** One update, recorded by `bootproof explore` unless there is a recording, explored to drop-one; and a part of its states in the naive way. */
export async function measureExploration(naiveStates: number, recording?: string): Promise<ExploreRate> {
  const scratch = await mkdtemp(join(tmpdir(), 'explore-rate-'));
  try {
    const stored = await readRecording(recording ?? (await record(scratch)));
    const subject = await subjectOf(stored, (await prepareImages('reference', { onStep: () => undefined })).source);
    const disk = RecordedDisk.open(subject);
    const enumeration = enumerationOf(subject, 'drop1', denseWindow(subject.windows));
    const sample = sampledStates(disk.log, subject.range, enumeration, { count: naiveStates, seed });
    const begun = performance.now();
    for (const state of sample) judgeInFull(disk, subject, state);
    const naive = { states: sample.length, ms: performance.now() - begun };
    const base = digestOf(disk.base);
    disk.close();
    const { exploration, wallMs, peakRssBytes } = await exploreAll(subject, {
      options: { ...enumeration, seed, checkShare: 0 },
      base,
      directory: scratch,
      fresh: true,
      workers: 2,
      budgetMs: 3_600_000,
      stop: new AbortController().signal,
      onProgress: () => undefined,
    });
    const { enumerated, unique, pruned } = exploration;
    return { naive, explored: { enumerated, unique, pruned, ms: wallMs }, peakRssBytes };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @returns the recording's directory. */
async function record(out: string): Promise<string> {
  await execaNode({ stdio: ['ignore', 'ignore', 'inherit'], reject: false })`bin/bootproof.mjs explore ${[
    ...['--no-boot', '--bound', 'flush', '--out', out],
  ]}`;
  const [run] = await readdir(out);
  const recordings = join(out, run!, 'recordings');
  const [name] = await readdir(recordings);
  return join(recordings, name!);
}
