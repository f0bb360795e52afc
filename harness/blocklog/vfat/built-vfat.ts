import { parseRecord, recordBytes, shortSum } from './directory.ts';

const sector = 512;
const reservedSectors = 1;
const fatSectors = 32;
const rootEntries = 64;
const dataSector = reservedSectors + fatSectors + (rootEntries * recordBytes) / sector;

/**
 * For tests: a small FAT16 volume in memory, changed as Linux's vfat would change it. One sector a cluster, one table, short names in
 * capital letters, long ones where the name is no short one. Directories have one cluster.
 */
export class BuiltVfat {
  /** The volume itself: compare copies of it to learn what a change writes. */
  readonly bytes: Buffer;
  #nextCluster = 2;

  constructor(sizeBytes = 8192 * sector) {
    this.bytes = Buffer.alloc(sizeBytes);
    const head = this.bytes;
    head.write('\xeb\x3c\x90mkfs.fat', 0, 'latin1');
    head.writeUInt16LE(sector, 11);
    head[13] = 1;
    head.writeUInt16LE(reservedSectors, 14);
    head[16] = 1;
    head.writeUInt16LE(rootEntries, 17);
    head.writeUInt16LE(sizeBytes / sector, 19);
    head.writeUInt16LE(0xaa55, 510);
    head.writeUInt16LE(fatSectors, 22);
  }

  /** @returns where the record of the path stands, in bytes. */
  makeDirectory(path: string): number {
    const cluster = this.#allocate(Buffer.alloc(sector));
    return this.#add(path, { isDirectory: true, cluster, sizeBytes: 0 });
  }

  put(path: string, content: string): number {
    const bytes = Buffer.from(content);
    const cluster = bytes.length === 0 ? 0 : this.#allocate(bytes);
    return this.#add(path, { isDirectory: false, cluster, sizeBytes: bytes.length });
  }

  /** Two names change places, as by renameat2 with RENAME_EXCHANGE: the clusters of their records do. */
  exchange(a: number, b: number): void {
    const tail = Buffer.from(this.bytes.subarray(a + 11, a + recordBytes));
    this.bytes.copy(this.bytes, a + 11, b + 11, b + recordBytes);
    tail.copy(this.bytes, b + 11);
  }

  /** A record and the clusters of a file or of an emptied directory become free. */
  remove(at: number): void {
    const { cluster } = parseRecord(this.bytes.subarray(at, at + recordBytes));
    let from = at;
    // Its long name's records go with it.
    while (from % sector > 0 && this.bytes[from - recordBytes + 11] === 0x0f) from -= recordBytes;
    for (; from <= at; from += recordBytes) this.bytes[from] = 0xe5;
    for (let one = cluster; one >= 2 && one < 0xfff8;) {
      const place = reservedSectors * sector + one * 2;
      one = this.bytes.readUInt16LE(place);
      this.bytes.writeUInt16LE(0, place);
    }
  }

  #allocate(content: Buffer): number {
    const first = this.#nextCluster;
    const count = Math.ceil(content.length / sector);
    for (let i = 0; i < count; i++)
      this.bytes.writeUInt16LE(i === count - 1 ? 0xffff : first + i + 1, reservedSectors * sector + (first + i) * 2);
    content.copy(this.bytes, (dataSector + first - 2) * sector);
    this.#nextCluster += count;
    return first;
  }

  #add(path: string, { isDirectory, cluster, sizeBytes }: ReturnType<typeof parseRecord>): number {
    const names = path.split('/').filter((part) => part !== '');
    const name = names.pop()!;
    let start = (reservedSectors + fatSectors) * sector;
    let length = rootEntries * recordBytes;
    for (const parent of names) {
      const found = this.#find(start, length, parent);
      start = (dataSector + parseRecord(this.bytes.subarray(found, found + recordBytes)).cluster - 2) * sector;
      length = sector;
    }
    const record = Buffer.alloc(recordBytes);
    record.write(shortOf(name, start), 0, 'latin1');
    record[11] = isDirectory ? 0x10 : 0x20;
    record.writeUInt16LE(cluster, 26);
    record.writeUInt32LE(sizeBytes, 28);
    const records = [...longRecords(name, shortSum(record)), record];
    let at = start;
    while (this.bytes[at] !== 0) at += recordBytes;
    if (at + records.length * recordBytes > start + length) throw new Error(`No room in the directory of ${path}`);
    for (const one of records) {
      one.copy(this.bytes, at);
      at += recordBytes;
    }
    return at - recordBytes;
  }

  #find(start: number, length: number, name: string): number {
    for (let at = start; at < start + length; at += recordBytes)
      if (this.bytes[at + 11] !== 0x0f && this.bytes.toString('latin1', at, at + 11) === shortOf(name, start))
        return at;
    throw new Error(`No such directory: ${name}`);
  }
}

/** A short name for any: letters of it, and a number made of all of them, so that two names of a directory differ. */
function shortOf(name: string, directory: number): string {
  const sum = [...name].reduce((all, c) => (all * 31 + c.charCodeAt(0) + directory) % 10_000, 7);
  return `${name
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .slice(0, 3)
    .padEnd(3, 'X')}~${String(sum).padStart(4, '0')}   `;
}

function longRecords(name: string, sum: number): Buffer[] {
  const count = Math.ceil(name.length / 13);
  const text = Buffer.alloc(count * 26, 0xff);
  text.write(name, 0, 'utf16le');
  if (name.length % 13 !== 0) text.writeUInt16LE(0, name.length * 2);
  const records: Buffer[] = [];
  for (let i = count - 1; i >= 0; i--) {
    const record = Buffer.alloc(recordBytes);
    record[0] = (i + 1) | (i === count - 1 ? 0x40 : 0);
    record[11] = 0x0f;
    record[13] = sum;
    text.copy(record, 1, i * 26, i * 26 + 10);
    text.copy(record, 14, i * 26 + 10, i * 26 + 22);
    text.copy(record, 28, i * 26 + 22, i * 26 + 26);
    records.push(record);
  }
  return records;
}
