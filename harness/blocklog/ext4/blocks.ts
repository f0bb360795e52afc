import type { BlockDevice } from '../../device/disk.ts';
import { FileSystemDamage } from '../file-system-damage.ts';

/** A thousand blocks hold the inode tables and directories that one look at a device needs. */
const cachedBlocks = 1024;

/** The blocks of a file system, checked against its size; the metadata among them are kept. */
export class Blocks {
  readonly #cache = new Map<number, Buffer>();

  constructor(
    readonly device: BlockDevice,
    readonly blockBytes: number,
    readonly count: number,
  ) {}

  /** A metadata block. The buffer is shared: do not write to it. `where` names who points there. */
  metadata(block: number, where: string): Buffer {
    const known = this.#cache.get(block);
    if (known) return known;
    const bytes = this.data(block, 1, where);
    if (this.#cache.size >= cachedBlocks) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(block, bytes);
    return bytes;
  }

  data(block: number, count: number, where: string): Buffer {
    this.check(block, count, where);
    return this.device.read(block * this.blockBytes, count * this.blockBytes);
  }

  /** Block 0 is the superblock's, or nobody's. @throws FileSystemDamage */
  check(block: number, count: number, where: string): void {
    if (block < 1 || block + count > this.count)
      throw new FileSystemDamage(where, `points at block ${block}, outside the file system of ${this.count} blocks`);
  }
}
