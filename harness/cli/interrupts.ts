/** Ctrl-C, SIGTERM, SIGHUP: the first asks for a clean end, the second for an end at once, a third ends this process. */
export class Interrupts {
  readonly #abort = new AbortController();
  readonly #kill = new AbortController();
  readonly #signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  readonly #onSignal = (signal: NodeJS.Signals) => this.#take(signal);

  constructor(private readonly say: (text: string) => void) {
    for (const signal of this.#signals) process.on(signal, this.#onSignal);
  }

  get abort(): AbortSignal {
    return this.#abort.signal;
  }

  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  stop(): void {
    for (const signal of this.#signals) process.off(signal, this.#onSignal);
  }

  /** @returns what `body` does; signals are told on stderr, and are caught no longer than it takes. */
  static async during<T>(body: (interrupts: Interrupts) => Promise<T>): Promise<T> {
    const interrupts = new Interrupts((text) => process.stderr.write(`\n${text}\n`));
    try {
      return await body(interrupts);
    } finally {
      interrupts.stop();
    }
  }

  #take(signal: NodeJS.Signals): void {
    if (!this.#abort.signal.aborted) {
      this.say(`${signal}: ending the cases in hand and releasing the benches; again to kill them`);
      this.#abort.abort();
    } else if (!this.#kill.signal.aborted) {
      this.say(`${signal}: killing the workers`);
      this.#kill.abort();
    } else {
      process.exit(4);
    }
  }
}
