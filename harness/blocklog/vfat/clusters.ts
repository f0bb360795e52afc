import type { BlockDevice } from '../../device/disk.ts';
import { FileSystemDamage } from '../file-system-damage.ts';
import type { VfatParameters } from './parameters.ts';

/** The table's entry of a cluster: 0 free, else the next one, or a number beyond all clusters. */
function nextOf(table: (offset: number) => number, bits: VfatParameters['bits'], cluster: number): number {
  const byte = Math.floor((cluster * bits) / 8);
  const low = table(byte) + 256 * table(byte + 1);
  if (bits === 16) return low;
  if (bits === 12) return cluster % 2 === 0 ? low & 0xfff : low >>> 4;
  return low + 65536 * table(byte + 2) + 16777216 * (table(byte + 3) & 0x0f);
}

/** Reads the table a sector at a time, as its entries are asked for. */
function tableReader(device: BlockDevice, { fatStart, fatBytes }: VfatParameters): (offset: number) => number {
  let from = -1;
  let sector: Buffer = Buffer.alloc(0);
  return (offset) => {
    const at = Math.floor(offset / 512) * 512;
    if (at !== from) sector = device.read(fatStart + at, Math.min(512, fatBytes - at));
    from = at;
    return sector[offset - at]!;
  };
}

/** The clusters of a chain in order. @throws FileSystemDamage for one that leaves the volume, runs into free space, or never ends. */
export function* clusterChain(
  device: BlockDevice,
  parameters: VfatParameters,
  first: number,
  where: string,
): Generator<number> {
  const { bits, clusters } = parameters;
  const table = tableReader(device, parameters);
  const end = { 12: 0xff8, 16: 0xfff8, 32: 0x0ffffff8 }[bits];
  let count = 0;
  for (let cluster = first; cluster < end; cluster = nextOf(table, bits, cluster)) {
    if (cluster < 2 || cluster > clusters + 1)
      throw new FileSystemDamage(
        where,
        cluster === 0 ? 'its clusters end in free space' : `no such cluster: ${cluster}`,
      );
    if (++count > clusters) throw new FileSystemDamage(where, 'its clusters go round in circles');
    yield cluster;
  }
}

export function freeClusters(device: BlockDevice, parameters: VfatParameters): number {
  const table = tableReader(device, parameters);
  let free = 0;
  for (let cluster = 2; cluster < parameters.clusters + 2; cluster++)
    if (nextOf(table, parameters.bits, cluster) === 0) free++;
  return free;
}
