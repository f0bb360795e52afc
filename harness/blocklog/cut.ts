import type { LogCut } from '../device/power.ts';
import { UsageError } from '../errors/harness-error.ts';
import type { LogWrites } from './log-writes.ts';
import type { Seeded } from './seeded.ts';
import { seeded } from './seeded.ts';

/** A range of 512-byte sectors. */
export type SectorRange = readonly [sector: number, sectors: number];

export interface CutRequest {
  /** sha256 of the base disk's identity, hex: goes into the receipt. */
  readonly base: string;
  readonly phase: string;
  /** The phase's window in the log: the power goes after `entry` entries, from <= entry < to. */
  readonly from: number;
  readonly to: number;
  readonly seed: number;
  /** Aims at this flush of the window (0: before the first) instead of letting the seed choose. */
  readonly flushInPhase?: number;
  /** Nothing written after the last flush is kept, whatever the seed says. */
  readonly losesAll?: boolean;
  /** Where the harness's own marks are written: those before the cut stay, those after it never land. */
  readonly excluded?: SectorRange;
}

export interface ChosenCut {
  readonly cut: LogCut;
  /** The state on the disk: entries [0, entries) without `dropped`, as `RecordedDisk.at` takes it. */
  readonly entries: number;
  readonly dropped: ReadonlySet<number>;
  /** Entries of the volatile part, after the last flush, that the disk holds. Ascending. */
  readonly present: readonly number[];
}

/**
 * Chooses where the power goes, and what the disk's cache had not yet saved. The same request on the same log gives the same
 * cut. The seed first picks a stretch between two flushes of the window, then a position in it: a long stretch of data
 * must not crowd out the short ones around a commit. Everything up to the last flush is on the disk; each later write is
 * there or not, and so is each write up to the next flush that may have been in flight. A FUA write before the cut is never lost.
 * @throws UsageError `cut-window` when the window or the flush asked for is not in the log.
 */
export function chooseCut(log: LogWrites, request: CutRequest): ChosenCut {
  const { from, to, seed, excluded } = request;
  const random = seeded(seed);
  const { entry, flushInPhase } = choosePosition(log, request, random);
  const lastFlush = lastFlushBefore(log, entry);
  const inFlightEnd = endOfFlight(log, entry);
  const isExcluded = overlaps(excluded);
  const keep = request.losesAll ? () => false : keepRule(random);
  const dropped = new Set<number>();
  const present: number[] = [];
  const lost: SectorRange[] = [];
  const landed: SectorRange[] = [];
  for (let i = Math.max(0, lastFlush); i < inFlightEnd; i++) {
    const { sector, sectors, dataLength } = log.entry(i);
    if (sectors === 0 || dataLength === 0 || log.has(i, 'mark')) continue;
    const before = i < entry;
    const kept = isExcluded(sector, sectors) || (before && log.has(i, 'fua')) ? before : keep(before);
    if (kept) present.push(i);
    else dropped.add(i);
    if (before && !kept) lost.push([sector, sectors]);
    if (!before && kept) landed.push([sector, sectors]);
  }
  const cut: LogCut = {
    base: request.base,
    entry,
    lastFlush,
    flushInPhase,
    phase: request.phase,
    dropped: lost,
    landed,
    seed,
  };
  if (entry < from || entry >= to) throw windowError(`position ${entry} is outside [${from}, ${to})`);
  return { cut, entries: inFlightEnd, dropped, present };
}

/** The flushes of [from, to), as stretches of positions: position p is in stretch n when n flushes lie in [from, p). */
function choosePosition(
  log: LogWrites,
  { from, to, flushInPhase: wanted, phase }: CutRequest,
  random: Seeded,
): { entry: number; flushInPhase: number } {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > log.length + 1 || from >= to)
    throw windowError(`no positions in [${from}, ${to}) of a log with ${log.length} entries, phase ${phase}`);
  const starts = [from];
  for (let i = from; i < to - 1; i++) if (log.has(i, 'flush')) starts.push(i + 1);
  if (wanted !== undefined && (wanted < 0 || wanted >= starts.length))
    throw windowError(`phase ${phase} has ${starts.length - 1} flushes, not ${wanted}`);
  const flushInPhase = wanted ?? random.integer(starts.length);
  const start = starts[flushInPhase]!;
  const end = starts[flushInPhase + 1] ?? to;
  return { entry: start + random.integer(end - start), flushInPhase };
}

function lastFlushBefore(log: LogWrites, entry: number): number {
  for (let i = entry - 1; i >= 0; i--) if (log.has(i, 'flush')) return i;
  return -1;
}

/** A flush ends what can be in flight; so does a FUA write, which may itself have landed: whoever waits for it issues nothing before. */
function endOfFlight(log: LogWrites, entry: number): number {
  for (let i = entry; i < log.length; i++) {
    if (log.has(i, 'flush')) return i;
    if (log.has(i, 'fua')) return i + 1;
  }
  return log.length;
}

/** Plain coin tosses would almost never lose everything, or nothing, of a long stretch; both are what real disks do. */
function keepRule(random: Seeded): (before: boolean) => boolean {
  const style = random.integer(4);
  if (style === 0) return () => false;
  if (style === 1) return (before) => before;
  const rate = random.next();
  return (before) => random.chance(before ? rate : rate / 2);
}

function overlaps(range: SectorRange | undefined): (sector: number, sectors: number) => boolean {
  if (!range) return () => false;
  const [start, count] = range;
  return (sector, sectors) => sector < start + count && sector + sectors > start;
}

const windowError = (what: string): UsageError =>
  new UsageError(`Cannot choose a cut: ${what}`, {
    code: 'cut-window',
    hint: 'was the phase reached in this recording?',
  });
