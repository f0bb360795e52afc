import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { InternalError } from '../errors/harness-error.ts';
import { AttachmentStore } from '../record/attachment.ts';
import { Redactor } from '../record/redaction.ts';
import type { CaseFactory, OpenBench } from './case.ts';
import { caseErrorOf } from './case-error.ts';
import { runCase } from './worker-case.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/**
 * Entry of a bench's worker process: makes the bench's case factory, runs the cases that it is handed, one at a time, and releases the bench
 * when it is told to, when the parent is gone (kill -9), or when a case could not be ended.
 */

/** For an abort and for a release; then the process group is ended, with whatever machine still runs in it. */
const releaseMs = 30_000;

const abort = new AbortController();
let factory: CaseFactory | undefined;
let attachments: AttachmentStore | undefined;
let running: Promise<void> = Promise.resolve();
let ending = false;
let stopping = false;
/** A rejection that nobody waited for: what the case says is worth nothing any more. */
let stray: unknown;

/** Resolves when the message, and all before it, have left this process. */
function send(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}

async function setUp({ setup, factoryModule }: Extract<ToWorker, { type: 'setup' }>): Promise<void> {
  try {
    attachments = new AttachmentStore(setup.runDir, new Redactor());
    const { openBench } = (await import(factoryModule)) as { openBench: OpenBench };
    factory = await openBench(setup, abort.signal);
    await send({ type: 'ready' });
  } catch (error) {
    await send({ type: 'setup-failed', error: caseErrorOf(error) });
  }
}

/** Says how to attach to the device, and waits until the run is aborted: by Ctrl-C, or by the end of the parent. */
async function hold(): Promise<void> {
  if (abort.signal.aborted) return;
  await send({ type: 'held', lines: (await factory?.hold?.()) ?? [] });
  if (!abort.signal.aborted) await once(abort.signal, 'abort');
}

async function runOrder({ order }: Extract<ToWorker, { type: 'case' }>): Promise<void> {
  if (!factory || !attachments) return;
  let result = await runCase(order, {
    factory,
    attachments,
    abort: abort.signal,
    hold,
    emit: (payload) => void send({ type: 'record', payload }),
    watch: {
      step: (name) => void send({ type: 'step', name }),
      consoleLine: (text) => void send({ type: 'console-line', text }),
    },
  });
  if (stray !== undefined) {
    const details = { reason: stray instanceof Error ? (stray.stack ?? stray.message) : String(stray) };
    const error = new InternalError('Rejection that nobody waited for', { code: 'stray-rejection', details });
    result = { ...result, error: caseErrorOf(error) };
  }
  await send({ type: 'result', case: order.planned.case, result });
  // its body may run on: nothing else may happen in this process
  if (result.error?.kind === 'timeout') void end();
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  const tooLate = sleep(releaseMs).then(() => killOwnGroup());
  try {
    await Promise.race([factory?.release(), tooLate]);
    await send({ type: 'released' });
  } catch (error) {
    await send({ type: 'released', error: caseErrorOf(error) });
  }
  if (process.connected) process.disconnect();
  process.exit(0);
}

/** This process leads its group: a machine that would not be released goes with it. */
function killOwnGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}

/** Ends the case in hand by its deadlines, then the bench. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  abort.abort();
  setTimeout(killOwnGroup, releaseMs).unref();
  void running.then(end);
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'setup') running = setUp(message);
  else if (message.type === 'case') running = running.then(() => runOrder(message));
  else if (message.type === 'abort') abort.abort();
  else void running.then(end);
});
process.on('disconnect', stop);
// Somebody steals the bench: it is released first.
process.on('SIGTERM', stop);
process.on('unhandledRejection', (reason) => {
  console.error('Unhandled rejection:', reason);
  stray ??= reason ?? 'nothing';
  stop();
});
