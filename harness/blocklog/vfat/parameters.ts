import type { BlockDevice } from '../../device/disk.ts';
import { FileSystemDamage } from '../file-system-damage.ts';

/** Where things are on a FAT volume; offsets and sizes in bytes, clusters numbered from 2. */
export interface VfatParameters {
  readonly bits: 12 | 16 | 32;
  readonly label: string;
  readonly clusterBytes: number;
  /** The first table; the others are copies that nobody reads. */
  readonly fatStart: number;
  readonly fatBytes: number;
  /** The root directory where it has a place of its own (FAT12, FAT16). */
  readonly rootStart: number;
  readonly rootBytes: number;
  /** First cluster of the root directory; 0: it has a place of its own. */
  readonly rootCluster: number;
  readonly dataStart: number;
  /** Clusters of data: the last one is `clusters + 1`. */
  readonly clusters: number;
}

const isPowerOfTwo = (n: number): boolean => n > 0 && (n & (n - 1)) === 0;

/** Whether a partition begins with a BIOS parameter block, and is no ext file system. */
export function isVfat(device: BlockDevice): boolean {
  if (device.sizeBytes < 2048) return false;
  const head = device.read(0, 512);
  if (device.read(1024 + 56, 2).readUInt16LE(0) === 0xef53) return false;
  return head[510] === 0x55 && head[511] === 0xaa && isPowerOfTwo(head[13]!) && (head[16] === 1 || head[16] === 2);
}

/** @throws FileSystemDamage. Source: Microsoft's FAT specification (fatgen103), fs/fat/inode.c. */
export function readParameters(device: BlockDevice): VfatParameters {
  const damage = (what: string): FileSystemDamage => new FileSystemDamage('boot sector', what);
  if (!isVfat(device)) throw damage('no FAT volume begins here');
  const head = device.read(0, 512);
  const sectorBytes = head.readUInt16LE(11);
  if (!isPowerOfTwo(sectorBytes) || sectorBytes < 512 || sectorBytes > 4096)
    throw damage(`impossible sectors of ${sectorBytes} bytes`);
  const reserved = head.readUInt16LE(14);
  const rootEntries = head.readUInt16LE(17);
  const sectors = head.readUInt16LE(19) || head.readUInt32LE(32);
  const fatSectors = head.readUInt16LE(22) || head.readUInt32LE(36);
  const rootSectors = Math.ceil((rootEntries * 32) / sectorBytes);
  const dataSector = reserved + head[16]! * fatSectors + rootSectors;
  const clusters = Math.floor((sectors - dataSector) / head[13]!);
  if (reserved === 0 || fatSectors === 0 || clusters < 1 || sectors * sectorBytes > device.sizeBytes)
    throw damage('the parts do not fit the partition');
  const bits = clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32;
  const extended = bits === 32 ? 64 : 36;
  const rootCluster = bits === 32 ? head.readUInt32LE(44) : 0;
  if ((bits === 32) !== rootCluster > 0 || (bits === 32 && rootEntries > 0))
    throw damage('the root directory is of another FAT type');
  const fatBytes = fatSectors * sectorBytes;
  if (Math.ceil(((clusters + 2) * bits) / 8) > fatBytes) throw damage('the table is too small for its clusters');
  return {
    bits,
    label: head[extended + 2] === 0x29 ? head.toString('latin1', extended + 7, extended + 18).trimEnd() : '',
    clusterBytes: head[13]! * sectorBytes,
    fatStart: reserved * sectorBytes,
    fatBytes,
    rootStart: (dataSector - rootSectors) * sectorBytes,
    rootBytes: rootEntries * 32,
    rootCluster,
    dataStart: dataSector * sectorBytes,
    clusters,
  };
}
