import { crc32 } from 'node:zlib';
import type { BlockDevice } from '../device/disk.ts';
import { UsageError } from '../errors/harness-error.ts';
import { FileSystemDamage } from './file-system-damage.ts';
import { sectorBytes } from './log-format.ts';
import { partition } from './partition.ts';

export interface GptPartition {
  /** 1 is the first. */
  readonly number: number;
  readonly name: string;
  /** Lower case, as sfdisk writes it in upper. */
  readonly typeGuid: string;
  readonly guid: string;
  readonly firstSector: number;
  readonly sectors: number;
}

/** The partitions of a disk with 512-byte sectors (UEFI 2.10, chapter 5), from the backup table when the primary is damaged. */
export class Gpt {
  constructor(
    readonly device: BlockDevice,
    readonly diskGuid: string,
    readonly partitions: readonly GptPartition[],
    readonly source: 'primary' | 'backup',
  ) {}

  /** @throws FileSystemDamage when neither table is whole. */
  static read(device: BlockDevice): Gpt {
    try {
      return readTable(device, 1, 'primary');
    } catch (primary) {
      if (!(primary instanceof FileSystemDamage)) throw primary;
      try {
        return readTable(device, device.sizeBytes / sectorBytes - 1, 'backup');
      } catch (backup) {
        throw backup instanceof FileSystemDamage ? primary : backup;
      }
    }
  }

  find(which: string | number): GptPartition | undefined {
    return this.partitions.find(({ name, number }) => which === name || which === number);
  }

  /** The partition of this name or number as a disk of its own. @throws UsageError when there is none. */
  open(which: string | number): BlockDevice {
    const found = this.find(which);
    if (!found)
      throw new UsageError(`No such partition: ${which}`, {
        code: 'no-such-partition',
        hint: `the disk has ${this.partitions.map((p) => `${p.number} (${p.name})`).join(', ') || 'none'}`,
      });
    return partition(this.device, found.firstSector * sectorBytes, found.sectors * sectorBytes);
  }
}

function readTable(device: BlockDevice, sector: number, source: 'primary' | 'backup'): Gpt {
  const where = `${source} partition table`;
  const damage = (what: string): FileSystemDamage => new FileSystemDamage(where, what);
  if (sector < 1 || (sector + 1) * sectorBytes > device.sizeBytes) throw damage('the disk is too small for one');
  const header = device.read(sector * sectorBytes, sectorBytes);
  if (header.toString('latin1', 0, 8) !== 'EFI PART') throw damage('no signature');
  const headerLength = header.readUInt32LE(12);
  if (headerLength < 92 || headerLength > sectorBytes) throw damage(`impossible header size ${headerLength}`);
  const counted = Buffer.from(header.subarray(0, headerLength));
  counted.writeUInt32LE(0, 16);
  if (crc32(counted) !== header.readUInt32LE(16)) throw damage('the header fails its checksum');
  const count = header.readUInt32LE(80);
  const entryBytes = header.readUInt32LE(84);
  if (count > 1024 || entryBytes < 128 || entryBytes > 4096 || entryBytes % 8 !== 0)
    throw damage(`impossible table: ${count} entries of ${entryBytes} bytes`);
  const start = Number(header.readBigUInt64LE(72)) * sectorBytes;
  if (start + count * entryBytes > device.sizeBytes) throw damage('the table is beyond the end of the disk');
  const table = device.read(start, count * entryBytes);
  if (crc32(table) !== header.readUInt32LE(88)) throw damage('the entries fail their checksum');
  const partitions: GptPartition[] = [];
  for (let i = 0; i < count; i++) {
    const entry = table.subarray(i * entryBytes, (i + 1) * entryBytes);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const firstSector = Number(entry.readBigUInt64LE(32));
    const lastSector = Number(entry.readBigUInt64LE(40));
    if (lastSector < firstSector || (lastSector + 1) * sectorBytes > device.sizeBytes)
      throw damage(`partition ${i + 1} is not within the disk`);
    partitions.push({
      number: i + 1,
      name: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
      typeGuid: guid(entry, 0),
      guid: guid(entry, 16),
      firstSector,
      sectors: lastSector - firstSector + 1,
    });
  }
  return new Gpt(device, guid(header, 56), partitions, source);
}

/** The first three fields are little-endian, the others are bytes. */
function guid(bytes: Buffer, at: number): string {
  const hex = (from: number, to: number): string => bytes.toString('hex', at + from, at + to);
  const swapped = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(at + from, at + to))
      .reverse()
      .toString('hex');
  return [swapped(0, 4), swapped(4, 6), swapped(6, 8), hex(8, 10), hex(10, 16)].join('-');
}
