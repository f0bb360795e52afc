import type { Finding } from '../judge/finding.ts';
import type { PlannedCase } from '../record/event.ts';
import type { BenchSetup, CasePayload } from './case.ts';
import type { CaseError } from './case-error.ts';

/** What parent and worker say to each other by IPC: plain data, one object a message. */

export interface CaseOrder {
  readonly planned: PlannedCase;
  /** The scenario's file, and its id there. */
  readonly file: string;
  readonly scenario: string;
  readonly seed: number;
  readonly budgetMs: number;
  /** Of the bench, for the limits of single steps; the budget has it already. */
  readonly timeFactor: number;
  /** Beyond the budget: the case's own deadlines come first, and say what was waited for. */
  readonly backstopMs: number;
  /** Keeps the device as the case left it until the run is aborted. */
  readonly hold?: boolean | undefined;
}

export type ToWorker =
  | { readonly type: 'setup'; readonly setup: BenchSetup; readonly factoryModule: string }
  | { readonly type: 'case'; readonly order: CaseOrder }
  | { readonly type: 'abort' }
  /** Release the bench and end. */
  | { readonly type: 'end' };

export interface CaseResult {
  readonly findings: readonly Finding[];
  readonly error?: CaseError | undefined;
  readonly durationMs: number;
}

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'setup-failed'; readonly error: CaseError }
  | { readonly type: 'record'; readonly payload: CasePayload }
  | { readonly type: 'step'; readonly name: string }
  | { readonly type: 'console-line'; readonly text: string }
  /** How a person attaches to the device that is held, a line each. */
  | { readonly type: 'held'; readonly lines: readonly string[] }
  | { readonly type: 'result'; readonly case: string; readonly result: CaseResult }
  | { readonly type: 'released'; readonly error?: CaseError | undefined };
