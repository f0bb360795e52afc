import { FileSystemDamage, FileSystemUnsupported } from '../../harness/blocklog/file-system-damage.ts';
import { Gpt } from '../../harness/blocklog/gpt.ts';
import { readSuperblock } from '../../harness/blocklog/ext4/superblock.ts';
import { partition } from '../../harness/blocklog/partition.ts';
import { RawImage } from '../../harness/blocklog/raw-image.ts';
import { BenchError } from '../../harness/errors/harness-error.ts';

export interface LabelledPartition {
  readonly offsetBytes: number;
  /** The journal holds writes that are not in place yet: changing the file system now would be undone or worse. */
  readonly needsRecovery: boolean;
}

/** The ext4 file system with this label on a GPT disk. @throws BenchError `no-such-label`, `no-partition-table`. */
export function findLabelled(diskPath: string, label: string): LabelledPartition {
  const disk = new RawImage(diskPath);
  try {
    const labels: string[] = [];
    for (const { firstSector, sectors } of partitions(disk)) {
      const superblock = ext4Superblock(disk, firstSector * 512, sectors * 512);
      if (superblock?.label === label)
        return { offsetBytes: firstSector * 512, needsRecovery: superblock.needsRecovery };
      if (superblock) labels.push(superblock.label);
    }
    throw new BenchError(`No ext4 file system labelled ${JSON.stringify(label)}: ${diskPath}`, {
      code: 'no-such-label',
      details: { labels },
    });
  } finally {
    disk.close();
  }
}

/** A disk that cannot be written to is the bench's matter here, not the device's: nothing has run yet. */
function partitions(disk: RawImage): Gpt['partitions'] {
  try {
    return Gpt.read(disk).partitions;
  } catch (cause) {
    if (!(cause instanceof FileSystemDamage)) throw cause;
    throw new BenchError(`No partition table: ${disk.path}`, { code: 'no-partition-table', cause });
  }
}

function ext4Superblock(disk: RawImage, start: number, bytes: number): ReturnType<typeof readSuperblock> | undefined {
  try {
    return readSuperblock(partition(disk, start, bytes), false);
  } catch (error) {
    if (error instanceof FileSystemDamage || error instanceof FileSystemUnsupported) return undefined;
    throw error;
  }
}
