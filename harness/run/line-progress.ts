import { visibleText } from '../console/visible-text.ts';
import { elapsed, verdictLine } from './bench-status.ts';
import type { Progress } from './progress.ts';

/** For a log: one line a step, with the time since the run began. */
export class LineProgress implements Progress {
  readonly #write: (text: string) => void;
  readonly #now: () => number;
  readonly #startedMs: number;
  readonly #cases = new Map<string, string>();
  #planned = 0;
  #ended = 0;

  constructor(write: (text: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
    this.#startedMs = now();
  }

  planned(cases: number): void {
    this.#planned = cases;
    this.#say(`${cases} ${cases === 1 ? 'case' : 'cases'} planned`);
  }

  caseStarted(bench: string, id: string): void {
    this.#cases.set(bench, id);
    this.#say(`${bench}: ${id} started`);
  }

  step(bench: string, name: string): void {
    this.#say(`${bench}: ${this.#of(bench)}${name}`);
  }

  stepEnded(bench: string, step: Parameters<Progress['stepEnded']>[1]): void {
    this.#say(`${bench}: ${this.#of(bench)}${step.name} ${step.status} after ${(step.durationMs / 1000).toFixed(1)} s`);
  }

  /** Too many for a log; they are in the transcript. */
  consoleLine(): void {}

  caseEnded(id: string, verdict: Parameters<Progress['caseEnded']>[1], durationMs: number): void {
    this.#ended += 1;
    for (const [bench, running] of this.#cases) if (running === id) this.#cases.delete(bench);
    this.#say(`[${this.#ended}/${this.#planned}] ${verdictLine(id, verdict, durationMs)}`);
  }

  trouble(bench: string, text: string): void {
    this.#say(`${bench}: ${text}`);
  }

  benchEnded(bench: string): void {
    this.#say(`${bench}: released`);
  }

  close(): void {}

  #of(bench: string): string {
    const id = this.#cases.get(bench);
    return id === undefined ? '' : `${id}: `;
  }

  #say(text: string): void {
    this.#write(`${elapsed(this.#now() - this.#startedMs).padStart(7)}  ${visibleText(text, 2000)}\n`);
  }
}
