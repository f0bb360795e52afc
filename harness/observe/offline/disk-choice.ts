import { openVolume, type SystemVolumes, type View } from '../../blocklog/system-volumes.ts';
import type { BlockDevice } from '../../device/disk.ts';
import { ProductError } from '../../errors/harness-error.ts';
import { bootChoice, type BootSource } from './boot-state.ts';

/** `STATEROOT/CSUM.SERIAL` that a boot from a disk would run, in one view; undefined: nothing, or what cannot be read, as between two writes. */
export function choiceOf(
  disk: BlockDevice,
  volumes: SystemVolumes,
  loader: Pick<BootSource, 'menu' | 'environment'>,
  view: View,
): string | undefined {
  try {
    const boot = openVolume(disk, volumes.boot, view);
    // The initramfs follows ostree= after replay, whatever the boot loader saw.
    const root = openVolume(disk, volumes.root, 'kernel');
    return bootChoice({ boot, root, ...loader, onDamage: () => undefined });
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    return undefined;
  }
}
