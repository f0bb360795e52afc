import { logFlags } from '../../blocklog/log-format.ts';

/** One entry of a block log; sectors of 512 bytes, flags a sum of `logFlags`. */
export interface LogEntry {
  readonly index: number;
  readonly sector: number;
  readonly sectors: number;
  readonly flags: number;
}

/** What this folder needs of a block log; LogWrites is one. */
export interface BlockLog {
  /** In log order, index 0 first. */
  entries(): Iterable<LogEntry>;
  /** Empty for a discard. */
  payload(index: number): Buffer;
}

/** Sectors of 512 bytes on the disk. */
export interface SectorRange {
  readonly firstSector: number;
  readonly sectors: number;
}

/** True for a write or discard of at least one sector in the range. */
export function touches(entry: LogEntry, range: SectorRange): boolean {
  if (entry.sectors === 0 || (entry.flags & logFlags.mark) !== 0) return false;
  return entry.sector < range.firstSector + range.sectors && entry.sector + entry.sectors > range.firstSector;
}

/** Indexes of the entries that touch any of the ranges, ascending, from `from` up to but not including `to`. */
export function entriesTouching(log: BlockLog, ranges: readonly SectorRange[], from = 0, to = Infinity): number[] {
  const found: number[] = [];
  for (const entry of log.entries())
    if (entry.index >= from && entry.index < to && ranges.some((range) => touches(entry, range)))
      found.push(entry.index);
  return found;
}

/** Indexes of the entries that are or begin with a flush, ascending. */
export function flushesOf(log: BlockLog): number[] {
  return Array.from(log.entries())
    .filter(({ flags }) => (flags & logFlags.flush) !== 0)
    .map(({ index }) => index);
}
