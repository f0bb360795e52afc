import type { TranscriptReader } from '../console/transcript-reader.ts';

interface TimedMark {
  readonly phase: string;
  readonly edge: string;
  /** Milliseconds since 1970, harness clock. */
  readonly epochMs: number;
}

/** The marks on the console from byte `from` on, with the time at which each arrived. */
export function timedMarks(transcript: TranscriptReader, from: number): TimedMark[] {
  return [...transcript.lines(from)].flatMap(({ text, offset }) => {
    const [, phase, edge] = /bootproof-mark \d+ ([a-z][a-z-]{0,31}) (begin|end)/.exec(text) ?? [];
    const epochMs = transcript.epochMsAt(offset);
    return phase === undefined || edge === undefined || epochMs === undefined ? [] : [{ phase, edge, epochMs }];
  });
}

/** How long each phase took that has both its marks, milliseconds; one that came twice is added up. */
export function phaseTimes(marks: readonly TimedMark[]): Record<string, number> {
  const times: Record<string, number> = {};
  const begun = new Map<string, number>();
  for (const { phase, edge, epochMs } of marks) {
    const since = begun.get(phase);
    begun.delete(phase);
    if (edge === 'begin') begun.set(phase, epochMs);
    else if (since !== undefined) times[phase] = (times[phase] ?? 0) + Math.round(epochMs - since);
  }
  return times;
}
