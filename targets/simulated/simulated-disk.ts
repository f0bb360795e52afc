import type { BlockDevice } from '../../harness/device/disk.ts';

/** Files by absolute path, in two layers: what is durable, and what was written since and only the cache holds. */
export class SimulatedDisk {
  #durable = new Map<string, Buffer>();
  /** undefined: removed. */
  #cached = new Map<string, Buffer | undefined>();

  write(path: string, content: Buffer | string): void {
    this.#cached.set(path, Buffer.from(content));
  }

  remove(path: string): void {
    this.#cached.set(path, undefined);
  }

  read(path: string): Buffer | undefined {
    return this.#cached.has(path) ? this.#cached.get(path) : this.#durable.get(path);
  }

  sync(): void {
    for (const [path, content] of this.#cached) {
      if (content) this.#durable.set(path, content);
      else this.#durable.delete(path);
    }
    this.#cached.clear();
  }

  /** Power is gone: what was never synced is lost. */
  loseCache(): void {
    this.#cached.clear();
  }

  /** The durable files as a disk that nobody runs: JSON of path to base64, padded with zeros to whole sectors. */
  asBlockDevice(): BlockDevice {
    const files = Object.fromEntries([...this.#durable].map(([path, content]) => [path, content.toString('base64')]));
    const json = Buffer.from(JSON.stringify(files));
    const bytes = Buffer.alloc(Math.ceil(json.length / 512) * 512);
    json.copy(bytes);
    return {
      sizeBytes: bytes.length,
      read: (offset, length) => {
        if (offset + length > bytes.length) throw new RangeError(`Read past the end: ${offset} + ${length}`);
        return Buffer.from(bytes.subarray(offset, offset + length));
      },
      close: () => undefined,
    };
  }
}
