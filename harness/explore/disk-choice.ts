import { openSystem, type SystemVolumes, type View } from '../blocklog/system-volumes.ts';
import type { BlockDevice } from '../device/disk.ts';
import { ProductError } from '../errors/harness-error.ts';
import type { BootMenu } from '../observe/offline/boot-menu.ts';
import { bootChoice } from '../observe/offline/boot-state.ts';

/** `STATEROOT/CSUM.SERIAL` that a boot from a disk would run, in one view; undefined: nothing, or what cannot be read, as between two writes. */
export function choiceOf(disk: BlockDevice, volumes: SystemVolumes, menu: BootMenu, view: View): string | undefined {
  try {
    const { boot } = openSystem(disk, volumes, view);
    // The initramfs follows ostree= after replay, whatever the boot loader saw.
    const { root } = openSystem(disk, volumes, 'kernel');
    return bootChoice({ boot, root, menu, onDamage: () => undefined });
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    return undefined;
  }
}
