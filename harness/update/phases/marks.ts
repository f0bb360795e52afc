import { BenchError } from '../../errors/harness-error.ts';
import { logFlags, sectorBytes } from '../../blocklog/log-format.ts';
import { touches, type BlockLog, type LogEntry, type SectorRange } from './block-log.ts';

/** What the guest wrote into the partition `marks`: mark number `seq` stands in sector `seq` of it. */
export interface PhaseMark {
  readonly seq: number;
  /** As the guest names it; may be none of the phases that this program knows. */
  readonly phase: string;
  readonly edge: 'begin' | 'end';
  readonly text: string;
  /** Index of the entry that wrote it. */
  readonly logIndex: number;
}

const magic = 'bootproof-mark ';
const form = /^bootproof-mark (\d{1,9}) ([a-z][a-z0-9-]{0,31}) (begin|end)(?: ([^\n\0]*))?\n\0*$/;

/**
 * The marks in a block log, in log order. A sector that does not begin as a mark is none; a page written again with marks that
 * are already known adds nothing. Numbers go up by one; over a reset (`resets`: entries in the log at each) they may jump ahead.
 * @throws BenchError `mark-malformed`, `mark-out-of-place`, `mark-rewritten`, `mark-missing`: then no phase can be told from this log.
 */
export function readMarks(log: BlockLog, partition: SectorRange, resets: readonly number[] = []): PhaseMark[] {
  const marks = new Map<number, PhaseMark>();
  let last: PhaseMark | undefined;
  for (const entry of log.entries()) {
    if (!touches(entry, partition) || (entry.flags & logFlags.discard) !== 0) continue;
    for (const { place, bytes } of sectorsWithin(entry, log.payload(entry.index), partition)) {
      const mark = parseMark(bytes, entry.index);
      if (!mark) continue;
      if (mark.seq !== place) throw unusable('out-of-place', mark, `stands in sector ${place}`);
      const known = marks.get(mark.seq);
      if (known) {
        if (known.phase !== mark.phase || known.edge !== mark.edge || known.text !== mark.text)
          throw unusable('rewritten', mark, `was ${known.phase} ${known.edge} at log entry ${known.logIndex}`);
        continue;
      }
      if (last && !follows(last, mark, resets)) throw unusable('missing', mark, `follows mark ${last.seq}`);
      marks.set(mark.seq, mark);
      last = mark;
    }
  }
  return [...marks.values()];
}

function follows(last: PhaseMark, next: PhaseMark, resets: readonly number[]): boolean {
  if (next.seq === last.seq + 1) return true;
  const between = resets.some((reset) => last.logIndex < reset && reset <= next.logIndex);
  return next.seq > last.seq && between;
}

/** undefined: not a mark. @throws BenchError `mark-malformed` for what begins like one and goes on otherwise. */
export function parseMark(sector: Buffer, logIndex: number): PhaseMark | undefined {
  const text = sector.toString('latin1');
  if (!text.startsWith(magic)) return undefined;
  const match = form.exec(text);
  if (!match)
    throw new BenchError(`Malformed phase mark at log entry ${logIndex}: ${JSON.stringify(text.slice(0, 80))}`, {
      code: 'mark-malformed',
      hint: 'a mark is `bootproof-mark SEQ PHASE begin|end TEXT`, a newline, and zeros to the end of its sector',
      details: { logIndex },
    });
  const [, seq, phase, edge, free = ''] = match as unknown as [string, string, string, 'begin' | 'end', string?];
  return { seq: Number(seq), phase, edge, text: Buffer.from(free, 'latin1').toString('utf8'), logIndex };
}

function* sectorsWithin(
  { sector, sectors }: LogEntry,
  payload: Buffer,
  { firstSector, sectors: size }: SectorRange,
): Generator<{ place: number; bytes: Buffer }> {
  const from = Math.max(sector, firstSector);
  const to = Math.min(sector + sectors, firstSector + size, sector + Math.floor(payload.length / sectorBytes));
  for (let at = from; at < to; at++) {
    const offset = (at - sector) * sectorBytes;
    yield { place: at - firstSector, bytes: payload.subarray(offset, offset + sectorBytes) };
  }
}

function unusable(how: string, mark: PhaseMark, why: string): BenchError {
  return new BenchError(
    `Phase marks cannot be trusted: mark ${mark.seq} (${mark.phase} ${mark.edge}, log entry ${mark.logIndex}) ${why}`,
    {
      code: `mark-${how}`,
      hint: 'the guest writes each mark once, in order, past its page cache',
      details: { seq: mark.seq, logIndex: mark.logIndex },
    },
  );
}
