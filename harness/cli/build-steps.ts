import type { BuildOptions } from '../../images/builder/step.ts';

/** The steps of a build as they come: one line a step, and on a terminal the running one with its time. */
export class BuildSteps {
  readonly #stream: NodeJS.WriteStream;
  readonly #running = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    if (stream.isTTY) this.#timer = setInterval(() => this.#draw(), 500).unref();
  }

  readonly onStep: BuildOptions['onStep'] = (name, state, durationMs) => {
    if (state === 'begin') {
      this.#running.set(name, performance.now());
      if (!this.#stream.isTTY) this.#stream.write(`images: ${name} ...\n`);
    } else {
      this.#running.delete(name);
      const took = state === 'cached' ? 'cached' : `${(durationMs / 1000).toFixed(1)} s`;
      this.#stream.write(`${this.#erase()}images: ${name} ${took}\n`);
    }
    this.#draw();
  };

  close(): void {
    clearInterval(this.#timer);
    this.#stream.write(this.#erase());
  }

  #draw(): void {
    if (!this.#stream.isTTY) return;
    const now = performance.now();
    const parts = [...this.#running].map(([name, since]) => `${name} ${Math.round((now - since) / 1000)} s`);
    this.#stream.write(`${this.#erase()}${parts.length > 0 ? `images: ${parts.join(', ')}` : ''}`);
  }

  #erase(): string {
    return this.#stream.isTTY ? '\r\u001b[2K' : '';
  }
}
