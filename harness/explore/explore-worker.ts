import { parentPort, workerData } from 'node:worker_threads';
import type { Epoch } from './epoch.ts';
import { EpochExplorer, type ExplorerOptions } from './epoch-explorer.ts';
import type { EpochResult } from './epoch-result.ts';
import type { ExploreSubject } from './subject.ts';

/** What a worker thread is started with, and what it answers: one result an epoch, in order. */
export interface WorkerStart {
  readonly subject: ExploreSubject;
  readonly options: ExplorerOptions;
}
export type WorkerAnswer = { readonly result: EpochResult; readonly rssBytes: number };

const { subject, options } = workerData as WorkerStart;
const explorer = new EpochExplorer(subject, options);
parentPort!.on('message', (epochs: readonly Epoch[]) => {
  for (const epoch of epochs)
    parentPort!.postMessage({
      result: explorer.explore(epoch),
      rssBytes: process.memoryUsage.rss(),
    } satisfies WorkerAnswer);
});
