import type { BlockDevice } from '../device/disk.ts';
import { openFirmwareView, openKernelView } from '../blocklog/ext4/views.ts';
import { Gpt } from '../blocklog/gpt.ts';
import { bootLoaderOf } from '../observe/offline/boot-loader.ts';
import { bootChoice } from '../observe/offline/boot-state.ts';
import { observeOffline, type OfflineObservation } from '../observe/offline/observe-offline.ts';
import type { Manifest } from '../observe/observation.ts';

/** What a disk that nobody runs holds, as the boot loader and as the kernel would see it; damage that replay does not mend, a line each. */
export function viewDisk(
  disk: BlockDevice,
  expectedUsr: (checksum: string) => Manifest | undefined,
): { offline: OfflineObservation; damage: string[] } {
  const gpt = Gpt.read(disk);
  const [boot, root] = [gpt.open('boot'), gpt.open('root')];
  const damage: string[] = [];
  const offline = observeOffline({
    firmware: { root: openFirmwareView(root), boot: openFirmwareView(boot) },
    kernel: { root: openKernelView(root), boot: openKernelView(boot) },
    ...bootLoaderOf(gpt),
    expectedUsr,
    onDamage: (view, where, error) => {
      if (view === 'kernel') damage.push(`${where}: ${error.message}`);
    },
  });
  return { offline, damage };
}

/** `STATEROOT/CSUM.SERIAL` that a boot from this disk would run, in one view; undefined: nothing. */
export function choiceOf(disk: BlockDevice, view: 'firmware' | 'kernel'): string | undefined {
  const gpt = Gpt.read(disk);
  const boot = gpt.open('boot');
  return bootChoice({
    boot: view === 'firmware' ? openFirmwareView(boot) : openKernelView(boot),
    // The initramfs follows ostree= after replay, whatever the boot loader saw.
    root: openKernelView(gpt.open('root')),
    ...bootLoaderOf(gpt),
    // Between two writes a view may be damaged by right, and of a client that syncs nothing it is: what cannot be read is no choice.
    onDamage: () => undefined,
  });
}
