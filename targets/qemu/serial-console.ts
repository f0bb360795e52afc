import type { Duplex } from 'node:stream';
import type { ConsolePort } from '../../harness/device/console.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';

/** The serial console of a bench across its power cycles: each QEMU brings a new wire, listeners stay. */
export class SerialConsole implements ConsolePort {
  readonly #listeners = new Set<(chunk: Buffer, atMs: number) => void>();
  #wire: Duplex | undefined;

  /** Begins to read at once, so the firmware's first byte is seen. */
  attach(wire: Duplex): void {
    this.#wire = wire;
    wire.on('data', (chunk: Buffer) => {
      const atMs = performance.now();
      for (const listener of this.#listeners) listener(chunk, atMs);
    });
    wire.once('close', () => {
      if (this.#wire === wire) this.#wire = undefined;
    });
  }

  onData(listener: (chunk: Buffer, atMs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws BenchError `device-off`, `console-write-failed`. */
  async write(data: Buffer): Promise<void> {
    const wire = this.#wire;
    if (!wire) throw new BenchError('Device is off: nothing can be written to its console', { code: 'device-off' });
    await new Promise<void>((resolve, reject) =>
      wire.write(data, (cause) =>
        cause
          ? reject(new BenchError(`${cause.message}: serial console`, { code: 'console-write-failed', cause }))
          : resolve(),
      ),
    );
  }
}
