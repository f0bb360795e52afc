import { Worker } from 'node:worker_threads';
import type { Epoch } from './epoch.ts';
import type { ExplorerOptions } from './epoch-explorer.ts';
import type { EpochResult } from './epoch-result.ts';
import type { WorkerAnswer, WorkerStart } from './explore-worker.ts';
import type { ExploreSubject } from './subject.ts';

/** Neighbouring epochs read the same pages: they go to one worker together. */
const batchEpochs = 6;

export interface PoolOptions {
  readonly workers: number;
  /** Ends the exploration at once: epochs in hand, which may take minutes, have no result. */
  readonly stop: AbortSignal;
  readonly onResult: (result: EpochResult, rssBytes: number) => void;
}

/** Explores epochs in worker threads, in the order given as far as they keep pace. What a worker throws is thrown here. */
export async function exploreEpochs(
  subject: ExploreSubject,
  options: ExplorerOptions,
  epochs: readonly Epoch[],
  { workers, stop, onResult }: PoolOptions,
): Promise<void> {
  const batches: Epoch[][] = [];
  for (let i = 0; i < epochs.length; i += batchEpochs) batches.push(epochs.slice(i, i + batchEpochs));
  const serve = async (): Promise<void> => {
    if (batches.length === 0 || stop.aborted) return;
    const worker = new Worker(new URL('./explore-thread.mjs', import.meta.url), {
      workerData: { subject, options } satisfies WorkerStart,
    });
    try {
      for (let batch = batches.shift(); batch && !stop.aborted; batch = batches.shift()) {
        const count = batch.length;
        await new Promise<void>((resolve, reject) => {
          let left = count;
          const end = (): void => {
            worker.off('message', take);
            worker.off('error', reject);
            stop.removeEventListener('abort', end);
            resolve();
          };
          const take = ({ result, rssBytes }: WorkerAnswer): void => {
            onResult(result, rssBytes);
            if (--left === 0) end();
          };
          worker.on('message', take);
          worker.once('error', reject);
          stop.addEventListener('abort', end, { once: true });
          worker.postMessage(batch);
        });
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: workers }, serve));
}
