import { createHash } from 'node:crypto';
import type { BlockDevice } from '../device/disk.ts';
import type { Inode } from '../blocklog/file-system.ts';
import { Vfat } from '../blocklog/vfat/vfat.ts';
import type { ReadMemo } from './read-memo.ts';

/** A FAT volume whose file hashes are remembered over crash states. */
export class RememberingVfat extends Vfat {
  readonly #memo: ReadMemo;
  readonly #name: string;

  /** `name` tells this view of this partition from all others. */
  constructor(device: BlockDevice, { name, memo }: { name: string; memo: ReadMemo }) {
    super(device);
    this.#memo = memo;
    this.#name = `${name} ${JSON.stringify(this.parameters)}`;
  }

  sha256(inode: Inode): string {
    const { number, cluster, sizeBytes } = this.inode(inode.number);
    return this.#memo.call(`sha256 ${this.#name} ${number} ${cluster} ${sizeBytes}`, () => {
      const hash = createHash('sha256');
      for (const chunk of this.chunks(inode)) hash.update(chunk);
      return hash.digest('hex');
    });
  }
}
