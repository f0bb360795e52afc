import type { BlockDevice } from '../device/disk.ts';
import { openFirmwareView, openKernelView } from '../blocklog/ext4/views.ts';
import { Gpt } from '../blocklog/gpt.ts';
import { bootLoaderOf } from '../observe/offline/boot-loader.ts';
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
