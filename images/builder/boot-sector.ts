import { openSync, readFileSync, readSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import type { MakeDisk } from './kept-set.ts';

/** Where the BIOS boot partition starts, in sectors: as in images/reference/boot-disk.sh. */
const coreSector = 2048;

/**
 * Joins GRUB's first and second stage to a raw disk, as grub-bios-setup does it, but without a block device: the boot
 * code keeps the partition table, and both stages are told where the next one is. Offsets are those of GRUB's
 * boot.S (GRUB_BOOT_MACHINE_KERNEL_SECTOR, the drive check) and diskboot.S (the block list at the end of its sector).
 * @param stages folder with both, boot.img and core.img
 */
export function installBootSector(disk: string, stages: string): void {
  const file = openSync(disk, 'r+');
  try {
    const sector = Buffer.alloc(512);
    readSync(file, sector, 0, 512, 0);
    readFileSync(join(stages, 'boot.img')).copy(sector, 0, 0, 440);
    sector.writeBigUInt64LE(BigInt(coreSector), 0x5c);
    sector.writeUInt8(0xff, 0x64);
    sector.writeUInt16LE(0x9090, 0x66);
    writeSync(file, sector, 0, 512, 0);

    const core = readFileSync(join(stages, 'core.img'));
    core.writeBigUInt64LE(BigInt(coreSector + 1), 0x1f4);
    writeSync(file, core, 0, core.length, coreSector * 512);
  } finally {
    closeSync(file);
  }
}

/** A disk of images/reference/disk.sh, or a script like it, that starts with GRUB. */
export function grubDisk(script: string, ...parameters: readonly string[]): MakeDisk {
  return async (root, inside, outside, names) => {
    await root.run(['sh', script, inside, ...parameters, ...names]);
    installBootSector(outside, join(root.path, 'build'));
  };
}
