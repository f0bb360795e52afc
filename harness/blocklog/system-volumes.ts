import type { BlockDevice } from '../device/disk.ts';
import { ProductError, UsageError } from '../errors/harness-error.ts';
import { openFirmwareView, openKernelView } from './ext4/views.ts';
import type { FileSystem } from './file-system.ts';
import { FileSystemUnsupported } from './file-system-damage.ts';
import { Gpt } from './gpt.ts';
import { sectorBytes } from './log-format.ts';
import { Subtree } from './subtree.ts';
import { Vfat } from './vfat/vfat.ts';
import { isVfat } from './vfat/parameters.ts';

/** Where a file system of the system is. Plain data. */
export interface SystemVolume {
  /** Number in the partition table; 0: the disk has none, and is a file system as a whole. */
  readonly partition: number;
  /** '' or the directory that counts, absolute: /boot where it has no partition. */
  readonly directory: string;
}

export interface SystemVolumes {
  readonly root: SystemVolume;
  readonly boot: SystemVolume;
}

export type View = 'firmware' | 'kernel';

/** A partition's place on the disk, in bytes, and its content as a disk of its own. */
export function partOf(disk: BlockDevice, partition: number): { readonly start: number; readonly device: BlockDevice } {
  if (partition === 0) return { start: 0, device: disk };
  const gpt = Gpt.read(disk);
  const device = gpt.open(partition);
  return { start: gpt.find(partition)!.firstSector * sectorBytes, device };
}

/** A partition in one view. A FAT volume looks the same in both: there is nothing to replay. @throws FileSystemDamage, FileSystemUnsupported */
export function openView(device: BlockDevice, view: View): FileSystem {
  if (isVfat(device)) return new Vfat(device);
  return view === 'firmware' ? openFirmwareView(device) : openKernelView(device);
}

/** A file system of the system in one view. @throws as openView */
export function openVolume(disk: BlockDevice, { partition, directory }: SystemVolume, view: View): FileSystem {
  const whole = openView(partOf(disk, partition).device, view);
  return directory === '' ? whole : new Subtree(whole, directory);
}

/** Root and boot file system of a disk in one view. @throws as openView */
export function openSystem(
  disk: BlockDevice,
  { root, boot }: SystemVolumes,
  view: View,
): Record<'root' | 'boot', FileSystem> {
  return { root: openVolume(disk, root, view), boot: openVolume(disk, boot, view) };
}

/**
 * Finds an OSTree system by looking: the root has /ostree/deploy, the boot file system has /loader, or is /boot on the root.
 * @throws UsageError `no-ostree-system`.
 */
export function findSystem(disk: BlockDevice): SystemVolumes {
  const numbers = partitionsOf(disk);
  const looked = numbers.flatMap((partition) => {
    try {
      const fs = openView(partOf(disk, partition).device, 'kernel');
      const has = (path: string): boolean => fs.lookup(path) !== undefined;
      return [{ partition, isRoot: has('/ostree/deploy'), isBoot: has('/loader'), holdsBoot: has('/boot/loader') }];
    } catch (error) {
      if (!(error instanceof ProductError || error instanceof FileSystemUnsupported)) throw error;
      return [];
    }
  });
  const root = looked.find(({ isRoot }) => isRoot);
  const boot = looked.find(({ isBoot }) => isBoot);
  if (root && boot) return { root: volume(root.partition), boot: volume(boot.partition) };
  if (root?.holdsBoot) return { root: volume(root.partition), boot: volume(root.partition, '/boot') };
  throw new UsageError(`No OSTree system: a disk of ${numbers.length} partitions`, {
    code: 'no-ostree-system',
    hint: `wanted: /ostree/deploy and /loader (or /boot/loader) on ext4 or FAT; readable: ${looked.map(({ partition }) => partition).join(', ') || 'none'}`,
  });
}

const volume = (partition: number, directory = ''): SystemVolume => ({ partition, directory });

function partitionsOf(disk: BlockDevice): number[] {
  try {
    return Gpt.read(disk).partitions.map(({ number }) => number);
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    return [0];
  }
}
