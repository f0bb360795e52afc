import type { ConsolePort } from '../../harness/device/console.ts';

/** A console that shows nothing while the bench itself uses it: the boots in which a board is identified and written are not the device's. */
export class GatedPort implements ConsolePort {
  isOpen = true;
  readonly #listeners = new Set<(chunk: Buffer, atMs: number) => void>();

  constructor(private readonly port: ConsolePort) {
    port.onData((chunk, atMs) => {
      if (this.isOpen) for (const listener of this.#listeners) listener(chunk, atMs);
    });
  }

  onData(listener: (chunk: Buffer, atMs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  write(data: Buffer): Promise<void> {
    return this.port.write(data);
  }
}
