import type { BlockDevice } from '../../device/disk.ts';
import { Ext4 } from './ext4.ts';
import { replayJournal } from './journal.ts';

/**
 * A partition as the boot loader sees it: what is in place on the disk, the journal not replayed and checksums not looked at.
 * The device stays open, and is its owner's to close. @throws FileSystemDamage, FileSystemUnsupported
 */
export function openFirmwareView(device: BlockDevice): Ext4 {
  return new Ext4(device, { verify: false });
}

/** The same partition as the kernel sees it once mounted: after journal replay, every metadata checksum verified. `replay` says what was replayed. */
export function openKernelView(device: BlockDevice): Ext4 & { readonly replay: NonNullable<Ext4['replay']> } {
  const { device: replayed, report } = replayJournal(device);
  return new Ext4(replayed, { verify: true, replay: report }) as Ext4 & { readonly replay: typeof report };
}
