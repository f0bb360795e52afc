import { InternalError } from '../errors/harness-error.ts';
import type { Finding } from '../judge/finding.ts';
import type { RecordedOutcome } from '../record/event.ts';
import type { RecordWriter } from '../record/writer.ts';
import type { Bench } from './bench.ts';
import { BenchWorker } from './bench-worker.ts';
import type { CasePayload } from './case.ts';
import { caseErrorOf, type CaseError } from './case-error.ts';
import type { PlanItem } from './plan.ts';
import type { CaseQueue } from './queue.ts';
import { recordedOutcome } from './recorded-outcome.ts';
import { writeVerdict, type RunOptions } from './run-options.ts';
import { verdictOf, type Verdict } from './verdict.ts';
import type { CaseResult, FromWorker } from './worker-messages.ts';

/** What a worker may write. Plan, start, verdict and end are the parent's. */
const caseEvents: ReadonlySet<string> = new Set(['step', 'note', 'attachment', 'judged']);

/** One bench through a run: takes cases from the queue until none is left for it, a person aborts, or the bench is out. */
export class BenchRunner {
  readonly #bench: Bench;
  readonly #queue: CaseQueue;
  readonly #writer: RecordWriter;
  readonly #options: RunOptions;
  #item: PlanItem | undefined;
  /** Of the case in hand, as they went into the record. */
  #judged: Finding[] = [];
  /** The record did not take a line of the case in hand. */
  #refused: unknown;
  #brokenInARow = 0;

  constructor(bench: Bench, queue: CaseQueue, writer: RecordWriter, options: RunOptions) {
    this.#bench = bench;
    this.#queue = queue;
    this.#writer = writer;
    this.#options = options;
  }

  /** Gives what made the bench unusable, if anything did. @throws BenchError `record-not-written`. */
  async serve(): Promise<CaseError | undefined> {
    const { abort, kill, progress } = this.#options;
    const { name } = this.#bench;
    if (abort.aborted || !this.#queue.has(name)) return undefined;
    const worker = new BenchWorker(name, this.#options.runDir, {
      onMessage: (message) => this.#take(message),
      onTrouble: (text) => progress.trouble(name, text),
    });
    const onAbort = () => worker.abort();
    const onKill = () => worker.kill();
    abort.addEventListener('abort', onAbort);
    kill?.addEventListener('abort', onKill);
    try {
      progress.step(name, 'acquire');
      const { runDir, plan, images, factoryModule, hold = false, use } = this.#options;
      const setup = { bench: this.#bench, runDir, seed: plan.seed, images, hold, use };
      const failed = await worker.setUp(setup, factoryModule);
      if (failed) return failed;
      return await this.#serveWith(worker);
    } finally {
      progress.step(name, 'release');
      await worker.end();
      abort.removeEventListener('abort', onAbort);
      kill?.removeEventListener('abort', onKill);
      progress.benchEnded(name);
    }
  }

  async #serveWith(worker: BenchWorker): Promise<CaseError | undefined> {
    while (!this.#options.abort.aborted) {
      const item = this.#queue.take(this.#bench.name);
      if (!item) return undefined;
      this.#item = item;
      this.#judged = [];
      const { planned, scenario, seed } = item;
      this.#writer.write({ event: 'case-started', case: planned.case, bench: this.#bench.name, seed });
      this.#options.progress.caseStarted(this.#bench.name, planned.case);
      const { timeFactor = 1 } = this.#bench.file;
      const budgetMs = (scenario.spec.budgetMs ?? this.#options.budgetMs) * timeFactor;
      const backstopMs = this.#options.backstopMs ?? 60_000;
      const { hold } = this.#options;
      const order = {
        planned,
        file: scenario.file,
        scenario: scenario.spec.id,
        seed,
        budgetMs,
        timeFactor,
        backstopMs,
        hold,
      };
      const result = this.#withRefusal(await worker.run(order));
      this.#item = undefined;
      const { verdict, outcome } = this.#verdict(item, result);
      writeVerdict(this.#writer, this.#options, item, { ...verdict, outcome }, result.durationMs);
      const poison = this.#poisonOf(result, verdict);
      if (poison) return poison;
    }
    return undefined;
  }

  #take(message: Extract<FromWorker, { type: 'record' | 'step' | 'console-line' | 'held' }>): void {
    const { name } = this.#bench;
    if (message.type === 'step') this.#options.progress.step(name, message.name);
    else if (message.type === 'console-line') this.#options.progress.consoleLine(name, message.text);
    else if (message.type === 'held') message.lines.forEach((line) => this.#options.progress.trouble(name, line));
    else this.#write(message.payload);
  }

  #write(payload: CasePayload): void {
    try {
      if (!caseEvents.has(payload.event) || payload.case !== this.#item?.planned.case)
        throw new InternalError(`Not this worker's to write: ${payload.event} of ${payload.case}`, {
          code: 'record-payload-misplaced',
        });
      this.#writer.write(payload);
      if (payload.event === 'judged') this.#judged.push(...(payload.findings as Finding[]));
      if (payload.event === 'step') this.#options.progress.stepEnded(this.#bench.name, payload);
    } catch (error) {
      this.#refused ??= error;
    }
  }

  /** A case whose evidence is not in the record is broken, unless something else ended it. */
  #withRefusal(result: CaseResult): CaseResult {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused === undefined ? result : { ...result, error: result.error ?? caseErrorOf(refused) };
  }

  #verdict({ planned }: PlanItem, result: CaseResult): { verdict: Verdict; outcome: RecordedOutcome } {
    const { plan, abort, today } = this.#options;
    // killed because a person wanted it, not because it crashed
    const killed = abort.aborted && result.error?.kind === 'crash';
    const error: CaseError | undefined = killed
      ? { kind: 'abort', blame: 'human', code: 'aborted', message: 'Aborted: worker killed', details: {} }
      : result.error;
    const day = today?.() ?? new Date().toISOString().slice(0, 10);
    // a worker that ended before its result cannot take back what it had judged
    const findings = result.error?.kind === 'crash' ? this.#judged : result.findings;
    const outcome = { findings, error };
    return {
      verdict: verdictOf(planned, outcome, plan.knownIssues, day),
      outcome: recordedOutcome(outcome, this.#judged, day),
    };
  }

  /**
   * A bench that failed once would fail the next case too, and a worker whose case could not be ended is not to be used again. Two broken cases
   * in a row poison it as well, whatever broke them. An error that says `benchUsable: true` in its details
   * (a fault that had no effect, a bench that booted a known-good image afterwards) broke the case alone. A negative that was caught says nothing about the bench.
   */
  #poisonOf({ error }: CaseResult, { verdict, reason }: Verdict): CaseError | undefined {
    this.#brokenInARow = verdict === 'broken' ? this.#brokenInARow + 1 : 0;
    if (!error) return undefined;
    // Nobody aborted the run: somebody ended the worker, to have its bench.
    if (error.kind === 'abort' && !this.#options.abort.aborted)
      return { ...error, code: 'bench-taken-away', message: `Taken away from this run: bench ${this.#bench.name}` };
    if (error.kind === 'crash' || error.kind === 'timeout' || error.code === 'stray-rejection') return error;
    if (verdict === 'passed' && reason.startsWith('caught: ')) return undefined;
    if (error.kind === 'bench' && verdict !== 'not-run' && error.details['benchUsable'] !== true) return error;
    return this.#brokenInARow >= 2 ? error : undefined;
  }
}
