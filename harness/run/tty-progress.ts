import { visibleText } from '../console/visible-text.ts';
import { elapsed, verdictLine, type BenchStatus } from './bench-status.ts';
import type { Progress } from './progress.ts';

export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

const redrawMs = 200;

/** For a terminal: finished cases scroll up, and one line a bench is kept at the bottom: case, step, time, last console line. */
export class TtyProgress implements Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #benches = new Map<string, BenchStatus>();
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;
  #planned = 0;
  #ended = 0;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#timer = setInterval(() => this.#draw(), redrawMs);
    this.#timer.unref();
  }

  planned(cases: number): void {
    this.#planned = cases;
  }

  caseStarted(bench: string, id: string): void {
    Object.assign(this.#status(bench), { case: id, step: 'open', consoleLine: '', caseStartedMs: this.#now() });
    this.#draw();
  }

  step(bench: string, name: string): void {
    this.#status(bench).step = name;
    this.#draw();
  }

  stepEnded(): void {}

  consoleLine(bench: string, text: string): void {
    this.#status(bench).consoleLine = text;
  }

  caseEnded(id: string, verdict: Parameters<Progress['caseEnded']>[1], durationMs: number): void {
    this.#ended += 1;
    for (const status of this.#benches.values()) {
      if (status.case === id) Object.assign(status, { case: '', step: '', consoleLine: '' });
    }
    this.#above(`[${this.#ended}/${this.#planned}] ${verdictLine(id, verdict, durationMs)}`);
  }

  trouble(bench: string, text: string): void {
    this.#above(`${bench}: ${text}`);
  }

  benchEnded(bench: string): void {
    this.#benches.delete(bench);
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#terminal.write(this.#erase());
  }

  #status(bench: string): BenchStatus {
    const known = this.#benches.get(bench);
    if (known) return known;
    const status = { bench, case: '', step: '', consoleLine: '', caseStartedMs: this.#now() };
    this.#benches.set(bench, status);
    return status;
  }

  #above(text: string): void {
    this.#terminal.write(`${this.#erase()}${visibleText(text, 2000)}\n`);
    this.#draw();
  }

  #draw(): void {
    const lines = [...this.#benches.values()].map((status) => this.#line(status));
    this.#terminal.write(this.#erase() + lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  /** Never wider than the terminal: a line that wraps could not be erased. */
  #line({ bench, case: id, step, consoleLine, caseStartedMs }: BenchStatus): string {
    const time = elapsed(this.#now() - caseStartedMs);
    const parts = [bench, id, step, time, consoleLine].filter((part) => part !== '');
    return visibleText(parts.join('  '), Math.max(20, (this.#terminal.columns ?? 80) - 1));
  }

  #erase(): string {
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#drawn = 0;
    return `\r${up}\u001b[J`;
  }
}
