import type { ConsoleBoot } from './boot-tracker.ts';
import { LineSplitter } from './console-line.ts';
import type { DeviceConsole } from './console.ts';
import { HealthScanner, type HealthProblem } from './health-rules.ts';

/** A device that repeats one error for ever must not fill the memory; beyond this they are counted. */
const maxProblems = 1000;

/** Watches a console from its first byte on: what went wrong, and how often the device started. */
export class HealthWatch {
  readonly #console: DeviceConsole;
  readonly #splitter = new LineSplitter();
  readonly #scanner = new HealthScanner();
  readonly #problems: HealthProblem[] = [];
  readonly #stop: () => void;
  #omitted = 0;

  constructor(console: DeviceConsole) {
    this.#console = console;
    for (const { chunk, offset } of console.transcript.chunks()) this.#read(chunk, offset);
    this.#stop = console.onBytes((chunk, offset) => this.#read(chunk, offset));
  }

  /** Problems beyond the first 1000. */
  get omitted(): number {
    return this.#omitted;
  }

  /** Boots that began at or after byte `offset`: one or more of them is the console's proof of a restart. */
  bootsSince(offset: number): readonly ConsoleBoot[] {
    return this.#scanner.boots.boots.filter((boot) => boot.offset >= offset);
  }

  /**
   * Problems from byte `offset` on, with `unexpected-reset` for each boot beyond `expectedBoots` and `flood` where bytes
   * were dropped: lines that are missing may have been problems.
   */
  problemsSince(offset: number, { expectedBoots }: { readonly expectedBoots: number }): HealthProblem[] {
    const pending = this.#splitter.pending();
    const unfinished = pending && this.#scanner.look(pending);
    const resets = this.bootsSince(offset).slice(expectedBoots);
    const { flood } = this.#console.transcript;
    return [
      ...this.#problems.filter((problem) => problem.offset >= offset),
      ...(unfinished && unfinished.offset >= offset ? [unfinished] : []),
      ...resets.map((boot) => ({ rule: 'unexpected-reset', line: describe(boot), offset: boot.offset })),
      ...(flood && flood.firstOffset >= offset
        ? [{ rule: 'flood', line: `${flood.droppedBytes} bytes dropped (${flood.reason})`, offset: flood.firstOffset }]
        : []),
    ].sort((a, b) => a.offset - b.offset);
  }

  close(): void {
    this.#stop();
  }

  #read(chunk: Buffer, offset: number): void {
    for (const line of this.#splitter.push(chunk, offset)) {
      const problem = this.#scanner.push(line);
      if (!problem) continue;
      if (this.#problems.length < maxProblems) this.#problems.push(problem);
      else this.#omitted += 1;
    }
  }
}

function describe({ signs, kernel }: ConsoleBoot): string {
  return `the device started again: ${signs.join(', ')}${kernel ? ` ${kernel.release}` : ''}`;
}
