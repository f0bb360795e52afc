import { ProductError } from '../errors/harness-error.ts';
import type { BlockDevice } from '../device/disk.ts';
import type { RecordedDisk } from '../blocklog/disk-state.ts';
import { journalPlaces } from '../blocklog/ext4/journal.ts';
import { openKernelView } from '../blocklog/ext4/views.ts';
import { Gpt, type GptPartition } from '../blocklog/gpt.ts';
import { partOf } from '../blocklog/system-volumes.ts';
import { isVfat } from '../blocklog/vfat/parameters.ts';
import { Vfat } from '../blocklog/vfat/vfat.ts';
import { printable, walkTree } from '../observe/offline/tree-walk.ts';

/** One write of a crash state, in words. */
export interface OwnedWrite {
  readonly entry: number;
  readonly sector: number;
  readonly sectors: number;
  /** `boot: directory /, inodes of /loader, /loader.1` */
  readonly what: string;
}

/** What the units of a file system hold: blocks of ext4, sectors of FAT. */
interface Labels {
  readonly unitBytes: number;
  readonly of: Map<number, Set<string>>;
}

const namesShown = 6;

/** Says what writes belong to, by the file systems as they are once all of the log up to `entries` is on the disk. */
export class WriteOwners {
  readonly #disk: RecordedDisk;
  readonly #whole: BlockDevice;
  readonly #partitions: readonly Pick<GptPartition, 'name' | 'number' | 'firstSector' | 'sectors'>[];
  readonly #labels = new Map<number, Labels>();

  constructor(disk: RecordedDisk, entries: number) {
    this.#disk = disk;
    this.#whole = disk.at(entries);
    this.#partitions = partitionsOf(this.#whole);
  }

  describe(entry: number): OwnedWrite {
    const { sector, sectors } = this.#disk.log.entry(entry);
    const within = this.#partitions.find(
      ({ firstSector, sectors: size }) => firstSector <= sector && sector < firstSector + size,
    );
    if (!within) return { entry, sector, sectors, what: 'outside all partitions' };
    const what = this.#contents(within.number, sector - within.firstSector, sectors);
    return { entry, sector, sectors, what: `${within.name || `partition ${within.number}`}: ${what}` };
  }

  #contents(partition: number, sector: number, sectors: number): string {
    try {
      let labels = this.#labels.get(partition);
      if (!labels) this.#labels.set(partition, (labels = labelsOf(partOf(this.#whole, partition).device)));
      const found = new Set<string>();
      const perUnit = labels.unitBytes / 512;
      for (let unit = Math.floor(sector / perUnit); unit * perUnit < sector + sectors; unit++)
        for (const label of labels.of.get(unit) ?? ['free space, or what describes the file system']) found.add(label);
      const names = [...found];
      const rest = names.length - namesShown;
      return `${names.slice(0, namesShown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      return 'a file system that cannot be read';
    }
  }
}

function partitionsOf(disk: BlockDevice): Pick<GptPartition, 'name' | 'number' | 'firstSector' | 'sectors'>[] {
  try {
    return [...Gpt.read(disk).partitions];
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    return [{ name: 'disk', number: 0, firstSector: 0, sectors: disk.sizeBytes / 512 }];
  }
}

function labelsOf(partition: BlockDevice): Labels {
  const labels: Labels = isVfat(partition)
    ? { unitBytes: 512, of: new Map() }
    : { unitBytes: journalPlaces(partition).blockBytes, of: new Map() };
  const add = (unit: number, label: string): void => {
    const all = labels.of.get(unit);
    if (all) all.add(label);
    else labels.of.set(unit, new Set([label]));
  };
  if (isVfat(partition)) labelVfat(new Vfat(partition), add);
  else labelExt4(partition, add);
  return labels;
}

function labelExt4(partition: BlockDevice, add: (block: number, label: string) => void): void {
  for (const block of journalPlaces(partition).places) add(block, 'the journal');
  add(0, 'the superblock');
  const fs = openKernelView(partition);
  for (const { path, inode } of walkTree(fs, fs.lookup('/')!)) {
    const shown = printable(`/${path}`);
    const { table, content } = fs.placesOf(inode);
    add(table, `inode of ${shown}`);
    const kind = inode.type === 'dir' ? 'directory' : 'content of';
    for (const { physical, count } of content) for (let i = 0; i < count; i++) add(physical + i, `${kind} ${shown}`);
  }
}

function labelVfat(fs: Vfat, add: (sector: number, label: string) => void): void {
  const span = (start: number, length: number, label: string): void => {
    for (let at = start; at < start + length; at += 512) add(at / 512, label);
  };
  const { fatStart, dataStart, rootStart, rootBytes } = fs.parameters;
  span(0, fatStart, 'the boot sector and what goes with it');
  span(fatStart, (rootBytes > 0 ? rootStart : dataStart) - fatStart, 'the file allocation table');
  span(rootStart, rootBytes, 'directory /');
  for (const { path, inode } of walkTree(fs, fs.lookup('/')!)) {
    const kind = inode.type === 'dir' ? 'directory' : 'content of';
    for (const { start, length } of fs.piecesOf(fs.inode(inode.number)))
      span(start, length, `${kind} ${printable(`/${path}`)}`);
  }
}
