import type { BlockDevice } from '../../device/disk.ts';
import { InternalError } from '../../errors/harness-error.ts';
import type { FileSystem, Inode } from '../file-system.ts';
import { FileSystemDamage } from '../file-system-damage.ts';
import { clusterChain, freeClusters } from './clusters.ts';
import { namesIn, parseRecord, recordBytes } from './directory.ts';
import { readParameters, type VfatParameters } from './parameters.ts';

const rootNumber = 1;
const defaultMaxBytes = 256 * 2 ** 20;
/** The specification's own limit: 65,536 records. */
const directoryLimitBytes = 65_536 * recordBytes;

export interface VfatInode extends Inode {
  readonly cluster: number;
}

/**
 * A FAT12, FAT16 or FAT32 volume, read without mounting it. It has no journal: boot loader and kernel see the same. An inode is known by
 * where its record stands, divided by 32. Nothing is kept between calls.
 */
export class Vfat implements FileSystem {
  readonly parameters: VfatParameters;

  /** @throws FileSystemDamage */
  constructor(readonly device: BlockDevice) {
    this.parameters = readParameters(device);
  }

  get label(): string {
    return this.parameters.label;
  }

  get usage(): FileSystem['usage'] {
    const { clusterBytes, clusters } = this.parameters;
    return {
      freeBytes: freeClusters(this.device, this.parameters) * clusterBytes,
      totalBytes: clusters * clusterBytes,
    };
  }

  /** Names are compared as Linux's vfat and GRUB do: capital letters do not matter. */
  lookup(path: string): VfatInode | undefined {
    let current = this.inode(rootNumber);
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      if (current.type !== 'dir') return undefined;
      const wanted = part.toLowerCase();
      const found = this.readdir(current).find(({ name }) => name.toLowerCase() === wanted);
      if (found === undefined) return undefined;
      current = this.inode(found.inode);
    }
    return current;
  }

  readdir(inode: Inode): { readonly name: string; readonly inode: number }[] {
    const directory = this.#expect(inode, 'dir');
    const pieces = this.#directoryPieces(directory);
    const content = Buffer.concat(pieces.map(({ start, length }) => this.device.read(start, length)));
    const { clusterBytes } = this.parameters;
    const unit = directory.number === rootNumber && directory.cluster === 0 ? content.length : clusterBytes;
    return namesIn(content).map(({ name, at }) => ({
      name,
      inode: (pieces[Math.floor(at / unit)]!.start + (at % unit)) / recordBytes,
    }));
  }

  inode(number: number): VfatInode {
    const common = { number, uid: 0, gid: 0, links: 1 };
    const { rootCluster, rootStart } = this.parameters;
    if (number === rootNumber) return { ...common, type: 'dir', mode: 0o755, sizeBytes: 0, cluster: rootCluster };
    const offset = number * recordBytes;
    if (!Number.isInteger(number) || offset < rootStart || offset + recordBytes > this.device.sizeBytes)
      throw new InternalError(`No such inode: ${number}`, { code: 'inode-range' });
    const { isDirectory, cluster, sizeBytes } = parseRecord(this.device.read(offset, recordBytes));
    return isDirectory
      ? { ...common, type: 'dir', mode: 0o755, sizeBytes: 0, cluster }
      : { ...common, type: 'file', mode: 0o644, sizeBytes, cluster };
  }

  readlink(inode: Inode): string {
    throw new InternalError(`Inode ${inode.number} is a ${inode.type}, not a symlink`, { code: 'inode-type' });
  }

  readFile(inode: Inode, maxBytes = defaultMaxBytes): Buffer {
    const { sizeBytes, number } = this.#expect(inode, 'file');
    if (sizeBytes > maxBytes) throw new FileSystemDamage(`inode ${number}`, `${sizeBytes} bytes are too many`);
    return Buffer.concat([...this.chunks(inode)]);
  }

  *chunks(inode: Inode): Generator<Buffer> {
    const file = this.#expect(inode, 'file');
    let left = file.sizeBytes;
    for (const { start, length } of this.piecesOf(file)) {
      if (left === 0) return;
      yield this.device.read(start, Math.min(left, length));
      left -= Math.min(left, length);
    }
    if (left > 0) throw new FileSystemDamage(`inode ${file.number}`, `its clusters end ${left} bytes before its size`);
  }

  xattrs(): Record<string, Buffer> {
    return {};
  }

  /** The clusters of a file or directory, in order, as places on the partition. @throws FileSystemDamage */
  *piecesOf({ number, cluster }: VfatInode): Generator<{ readonly start: number; readonly length: number }> {
    if (cluster === 0) return;
    const { dataStart, clusterBytes } = this.parameters;
    for (const one of clusterChain(this.device, this.parameters, cluster, `inode ${number}`))
      yield { start: dataStart + (one - 2) * clusterBytes, length: clusterBytes };
  }

  #directoryPieces(directory: VfatInode): { readonly start: number; readonly length: number }[] {
    const { rootStart, rootBytes } = this.parameters;
    if (directory.number === rootNumber && directory.cluster === 0) return [{ start: rootStart, length: rootBytes }];
    if (directory.cluster === 0)
      throw new FileSystemDamage(`inode ${directory.number}`, 'a directory without clusters');
    const pieces: { start: number; length: number }[] = [];
    for (const piece of this.piecesOf(directory)) {
      pieces.push(piece);
      if (pieces.length * piece.length > directoryLimitBytes)
        throw new FileSystemDamage(`inode ${directory.number}`, 'the directory is too long');
    }
    return pieces;
  }

  #expect(inode: Inode, type: Inode['type']): VfatInode {
    const own = this.inode(inode.number);
    if (own.type !== type)
      throw new InternalError(`Inode ${own.number} is a ${own.type}, not a ${type}`, { code: 'inode-type' });
    return own;
  }
}
