import type { ConsolePort } from '../../harness/device/console.ts';

export class SimulatedConsole implements ConsolePort {
  readonly #listeners = new Set<(chunk: Buffer, atMs: number) => void>();
  readonly #typed: Buffer[] = [];

  /** What was written to the device's console so far. */
  get typed(): Buffer {
    return Buffer.concat(this.#typed);
  }

  onData(listener: (chunk: Buffer, atMs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  write(data: Buffer): Promise<void> {
    this.#typed.push(Buffer.from(data));
    return Promise.resolve();
  }

  /** The device says something. */
  print(text: string): void {
    const bytes = Buffer.from(text);
    for (const listener of this.#listeners) listener(bytes, performance.now());
  }
}
