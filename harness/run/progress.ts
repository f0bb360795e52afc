import type { CasePayload } from './case.ts';
import type { Verdict } from './verdict.ts';

/** What a person (or a log) sees of a run while it goes on. Gets everything, decides what to show; never throws. */
export interface Progress {
  planned(cases: number): void;
  caseStarted(bench: string, id: string): void;
  /** A step begins. */
  step(bench: string, name: string): void;
  stepEnded(bench: string, step: Extract<CasePayload, { event: 'step' }>): void;
  /** The latest line of the device: untrusted, to be escaped. */
  consoleLine(bench: string, text: string): void;
  caseEnded(id: string, verdict: Verdict, durationMs: number): void;
  /** Something a person should know that belongs to no case. */
  trouble(bench: string, text: string): void;
  benchEnded(bench: string): void;
  /** Leaves the terminal as it was. */
  close(): void;
}
