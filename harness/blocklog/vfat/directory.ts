/** One name of a directory, with where its 32-byte record stands in the directory. */
export interface VfatName {
  readonly name: string;
  readonly at: number;
}

export const recordBytes = 32;
const attribute = { volume: 0x08, directory: 0x10, longName: 0x0f } as const;

/** What a record of 32 bytes says. Sizes in bytes; cluster 0: the file is empty. */
export interface VfatRecord {
  readonly isDirectory: boolean;
  readonly cluster: number;
  readonly sizeBytes: number;
}

export function parseRecord(record: Buffer): VfatRecord {
  return {
    isDirectory: (record[11]! & attribute.directory) !== 0,
    cluster: record.readUInt16LE(20) * 65536 + record.readUInt16LE(26),
    sizeBytes: record.readUInt32LE(28),
  };
}

/**
 * Names of a directory in its order, without `.`, `..`, the volume's label and what was deleted. A long name counts when its records are in
 * order and fit the short one behind them; else the short one does, as in Linux and GRUB.
 */
export function namesIn(directory: Buffer): VfatName[] {
  const names: VfatName[] = [];
  let parts: string[] = [];
  let awaited = 0;
  let sum = -1;
  for (let at = 0; at + recordBytes <= directory.length; at += recordBytes) {
    const record = directory.subarray(at, at + recordBytes);
    const first = record[0]!;
    if (first === 0) break;
    if (first !== 0xe5 && (record[11]! & 0x3f) === attribute.longName) {
      const order = first & 0x3f;
      if (first & 0x40) [parts, awaited, sum] = [[], order, record[13]!];
      if (order === awaited && order > 0 && record[13] === sum) {
        parts.unshift(longPart(record));
        awaited--;
      } else awaited = -1;
      continue;
    }
    const long = awaited === 0 && parts.length > 0 && sum === shortSum(record) ? parts.join('') : undefined;
    [parts, awaited, sum] = [[], 0, -1];
    if (first === 0xe5 || (record[11]! & attribute.volume) !== 0) continue;
    const name = (long && /^[^\0]*/.exec(long)![0]) || shortName(record);
    if (name !== '.' && name !== '..') names.push({ name, at });
  }
  return names;
}

function longPart(record: Buffer): string {
  return Buffer.concat([record.subarray(1, 11), record.subarray(14, 26), record.subarray(28, 32)]).toString('utf16le');
}

/** The short name's sum that its long name's records repeat. */
export function shortSum(record: Buffer): number {
  let sum = 0;
  for (let i = 0; i < 11; i++) sum = (((sum & 1) << 7) + (sum >>> 1) + record[i]!) & 0xff;
  return sum;
}

/** `NAME.EXT`, in small letters where Windows NT's bits say so. */
function shortName(record: Buffer): string {
  const part = (from: number, to: number, isSmall: boolean): string => {
    const text = record.toString('latin1', from, to).trimEnd();
    return isSmall ? text.toLowerCase() : text;
  };
  const base = part(0, 8, (record[12]! & 0x08) !== 0).replace(/^\x05/, '\u00e5');
  const extension = part(8, 11, (record[12]! & 0x10) !== 0);
  return extension === '' ? base : `${base}.${extension}`;
}
