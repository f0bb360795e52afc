import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { safeName } from '../record/attachment.ts';
import type { BenchSetup } from './case.ts';
import type { CaseError } from './case-error.ts';
import type { CaseOrder, CaseResult, FromWorker, ToWorker } from './worker-messages.ts';

export interface WorkerListener {
  /** Everything between an order and its result. */
  onMessage(message: Extract<FromWorker, { type: 'record' | 'step' | 'console-line' | 'held' }>): void;
  /** The bench was not released as it should. */
  onTrouble(text: string): void;
}

/** After `abort` or `end`: a little more than the worker gives itself. */
const graceMs = 40_000;

const workerFile = fileURLToPath(new URL('./worker.ts', import.meta.url));

/**
 * The parent's hold on the worker process of one bench. The worker leads a process group of its own, so that a Ctrl-C reaches only the parent,
 * and so that nothing of it is left when it is gone. What it prints goes to `workers/BENCH.log` in the run's directory.
 */
export class BenchWorker {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #logPath: string;
  readonly #listener: WorkerListener;
  readonly #gone: Promise<string>;
  #waiting: ((message: FromWorker) => void) | undefined;
  #grace: NodeJS.Timeout | undefined;

  constructor(name: string, runDir: string, listener: WorkerListener) {
    this.name = name;
    this.#listener = listener;
    mkdirSync(join(runDir, 'workers'), { recursive: true });
    this.#logPath = join(runDir, 'workers', `${safeName(name)}.log`);
    const log = openSync(this.#logPath, 'a');
    this.#child = fork(workerFile, [], {
      execArgv: ['--import', import.meta.resolve('tsx/esm')],
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#child.on('message', (message: FromWorker) => this.#receive(message));
    this.#gone = this.#whenGone();
  }

  /** How it ended. Its last messages may arrive after its exit: only the end of the channel ends them. */
  async #whenGone(): Promise<string> {
    const channel = new Promise<void>((resolve) => this.#child.once('disconnect', () => resolve()));
    const how = await new Promise<string>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
      this.#child.once('error', (error) => resolve(error.message));
    });
    clearTimeout(this.#grace);
    this.#sweep();
    await channel;
    return how;
  }

  /** Acquires the bench. Gives what went wrong, if anything did. */
  async setUp(setup: BenchSetup, factoryModule: string): Promise<CaseError | undefined> {
    const answer = await this.#ask({ type: 'setup', setup, factoryModule });
    if (answer === undefined) return this.#crash('while it acquired the bench');
    return answer.type === 'setup-failed' ? answer.error : undefined;
  }

  /** One case. A worker that ends before its result gives an error of kind `crash`. */
  async run(order: CaseOrder): Promise<CaseResult> {
    const startedMs = performance.now();
    const answer = await this.#ask({ type: 'case', order });
    if (answer?.type === 'result') return answer.result;
    const error = await this.#crash(`during ${order.planned.case}`);
    return { findings: [], error, durationMs: performance.now() - startedMs };
  }

  /** Ends the case in hand by its deadlines; the worker is killed when that takes too long. */
  abort(): void {
    this.#post({ type: 'abort' });
    this.#startGrace();
  }

  /** Releases the bench and waits until the process is gone. */
  async end(): Promise<void> {
    this.#post({ type: 'end' });
    this.#startGrace();
    await this.#gone;
  }

  /** Now, with everything in its process group. */
  kill(): void {
    this.#sweep();
    this.#child.kill('SIGKILL');
  }

  #startGrace(): void {
    this.#grace ??= setTimeout(() => this.kill(), graceMs);
  }

  #post(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  async #ask(message: ToWorker): Promise<FromWorker | undefined> {
    const answer = new Promise<FromWorker>((resolve) => {
      this.#waiting = resolve;
    });
    this.#post(message);
    return Promise.race([answer, this.#gone.then(() => undefined)]);
  }

  #receive(message: FromWorker): void {
    const { type } = message;
    if (type === 'record' || type === 'step' || type === 'console-line' || type === 'held')
      return this.#listener.onMessage(message);
    if (message.type === 'released') {
      if (message.error) this.#listener.onTrouble(`${message.error.message}: release of ${this.name}`);
      return;
    }
    this.#waiting?.(message);
    this.#waiting = undefined;
  }

  async #crash(when: string): Promise<CaseError> {
    const how = await this.#gone;
    const last = readFileSync(this.#logPath, 'utf8').trimEnd().split('\n').slice(-20);
    const message = `Worker ended (${how}) ${when}: ${this.name}`;
    return { kind: 'crash', blame: 'harness', code: 'worker-ended', message, details: { log: this.#logPath, last } };
  }

  /** What the worker started and left behind: a machine of this bench. */
  #sweep(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // ESRCH: nothing of the group is left, which is what was wanted
    }
  }
}
