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

interface PhaseSpan {
  readonly phase: string;
  /** ISO 8601, harness clock. */
  readonly startedAt: string;
  readonly durationMs: number;
}

/** When each phase began that has both its marks, and how long it took; one that came twice is there twice. */
export function phaseSpans(marks: readonly TimedMark[]): PhaseSpan[] {
  const begun = new Map<string, number>();
  return marks.flatMap(({ phase, edge, epochMs }) => {
    const since = begun.get(phase);
    begun.delete(phase);
    if (edge === 'begin') begun.set(phase, epochMs);
    else if (since !== undefined)
      return [{ phase, startedAt: new Date(since).toISOString(), durationMs: Math.round(epochMs - since) }];
    return [];
  });
}

/** How long each phase took in all, milliseconds. */
export function phaseTimes(spans: readonly PhaseSpan[]): Record<string, number> {
  const times: Record<string, number> = {};
  for (const { phase, durationMs } of spans) times[phase] = (times[phase] ?? 0) + durationMs;
  return times;
}
