import { logFlags } from '../blocklog/log-format.ts';
import type { LogEntry } from '../blocklog/log-writes.ts';
import type { PhaseWindow } from '../update/phases/timeline.ts';

/** What was written to the disk: bytes as the block log has them, and flushes. */
export interface Writes {
  readonly writtenBytes: number;
  readonly flushes: number;
}

/** By the phase in which the write was made; what falls between phases stands in none of them. */
export function writesByPhase(
  entries: Iterable<Pick<LogEntry, 'index' | 'flags' | 'dataLength'>>,
  windows: readonly PhaseWindow[],
): { readonly total: Writes; readonly phases: Readonly<Record<string, Writes>> } {
  const total = { writtenBytes: 0, flushes: 0 };
  const phases: Record<string, { writtenBytes: number; flushes: number }> = {};
  for (const { index, flags, dataLength } of entries) {
    const phase = windows.find(({ from, to }) => from <= index && index < to)?.phase;
    const sums = phase === undefined ? [total] : [total, (phases[phase] ??= { writtenBytes: 0, flushes: 0 })];
    for (const sum of sums) {
      sum.writtenBytes += dataLength;
      sum.flushes += Number((flags & logFlags.flush) !== 0);
    }
  }
  return { total, phases };
}
