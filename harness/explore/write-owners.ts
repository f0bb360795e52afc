import { ProductError } from '../errors/harness-error.ts';
import type { RecordedDisk } from '../blocklog/disk-state.ts';
import { journalPlaces } from '../blocklog/ext4/journal.ts';
import { openKernelView } from '../blocklog/ext4/views.ts';
import { Gpt } from '../blocklog/gpt.ts';
import { walkTree } from '../observe/offline/tree-walk.ts';
import { printable } from '../observe/offline/tree-walk.ts';

/** One write of a crash state, in words. */
export interface OwnedWrite {
  readonly entry: number;
  readonly sector: number;
  readonly sectors: number;
  /** `boot: directory /, inodes of /loader, /loader.1` */
  readonly what: string;
}

const namesShown = 6;

/** Says what writes belong to, by the file systems as they are once all of the log up to `entries` is on the disk. */
export class WriteOwners {
  readonly #disk: RecordedDisk;
  readonly #gpt: Gpt;
  readonly #labels = new Map<string, Map<number, Set<string>>>();

  constructor(disk: RecordedDisk, entries: number) {
    this.#disk = disk;
    this.#gpt = Gpt.read(disk.at(entries));
  }

  describe(entry: number): OwnedWrite {
    const { sector, sectors } = this.#disk.log.entry(entry);
    const within = this.#gpt.partitions.find(
      ({ firstSector, sectors: size }) => firstSector <= sector && sector < firstSector + size,
    );
    if (!within) return { entry, sector, sectors, what: 'outside all partitions' };
    const what = this.#contents(within.name, sector - within.firstSector, sectors);
    return { entry, sector, sectors, what: `${within.name}: ${what}` };
  }

  #contents(name: string, sector: number, sectors: number): string {
    try {
      const { blockBytes, labels } = this.#labelsOf(name);
      const found = new Set<string>();
      const perBlock = blockBytes / 512;
      for (let block = Math.floor(sector / perBlock); block * perBlock < sector + sectors; block++)
        for (const label of labels.get(block) ?? ['free space, or what describes the file system']) found.add(label);
      const names = [...found];
      const rest = names.length - namesShown;
      return `${names.slice(0, namesShown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      return 'a file system that cannot be read';
    }
  }

  #labelsOf(name: string): { blockBytes: number; labels: ReadonlyMap<number, ReadonlySet<string>> } {
    const partition = this.#gpt.open(name);
    const { blockBytes, places } = journalPlaces(partition);
    const known = this.#labels.get(name);
    if (known) return { blockBytes, labels: known };
    const labels = new Map<number, Set<string>>();
    const add = (block: number, label: string): void => {
      const all = labels.get(block);
      if (all) all.add(label);
      else labels.set(block, new Set([label]));
    };
    for (const block of places) add(block, 'the journal');
    add(0, 'the superblock');
    const fs = openKernelView(partition);
    for (const { path, inode } of walkTree(fs, fs.lookup('/')!)) {
      const shown = printable(`/${path}`);
      const { table, content } = fs.placesOf(inode);
      add(table, `inode of ${shown}`);
      const kind = inode.type === 'dir' ? 'directory' : 'content of';
      for (const { physical, count } of content) for (let i = 0; i < count; i++) add(physical + i, `${kind} ${shown}`);
    }
    this.#labels.set(name, labels);
    return { blockBytes, labels };
  }
}
