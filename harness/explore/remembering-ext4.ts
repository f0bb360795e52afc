import { createHash } from 'node:crypto';
import type { BlockDevice } from '../device/disk.ts';
import { Ext4 } from '../blocklog/ext4/ext4.ts';
import { inodeFlags, type RawInode } from '../blocklog/ext4/raw-inode.ts';
import type { Inode } from '../blocklog/file-system.ts';
import type { ReadMemo } from './read-memo.ts';

/**
 * An ext4 whose file hashes are remembered over crash states. Make a new one for each computation: what this object keeps in its own caches
 * would be read without being told.
 */
export class RememberingExt4 extends Ext4 {
  readonly #memo: ReadMemo;
  readonly #name: string;

  /** `name` tells this view of this partition from all others. */
  constructor(device: BlockDevice, { verify, name, memo }: { verify: boolean; name: string; memo: ReadMemo }) {
    super(device, { verify });
    this.#memo = memo;
    this.#name = name;
  }

  sha256(inode: Inode): string | undefined {
    const { raw, map, flags, sizeBytes, number } = inode as RawInode;
    // Its bytes stand in the inode: nothing to remember.
    if (flags & inodeFlags.inlineData) return undefined;
    const generation = raw.toString('hex', 0x64, 0x68);
    const key = `sha256 ${this.#name} ${number} ${generation} ${flags} ${sizeBytes} ${map.toString('latin1')}`;
    return this.#memo.call(key, () => {
      const hash = createHash('sha256');
      for (const chunk of this.chunks(inode)) hash.update(chunk);
      return hash.digest('hex');
    });
  }
}
