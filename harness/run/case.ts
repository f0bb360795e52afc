import type { Deadline } from '../device/deadline.ts';
import type { Finding } from '../judge/finding.ts';
import type { AttachmentStore } from '../record/attachment.ts';
import type { PlannedCase, RecordPayload } from '../record/event.ts';
import type { ScenarioContext, ScenarioSpec } from '../scenario/api.ts';
import type { Bench } from './bench.ts';
import type { Verdict } from './verdict.ts';

/** What happens inside a case, as the record keeps it. Plan, start, verdict and end are the parent's to write. */
export type CasePayload = Extract<RecordPayload, { event: 'step' | 'note' | 'attachment' | 'judged' }>;

export interface CaseRequest {
  readonly case: PlannedCase;
  readonly spec: ScenarioSpec;
  readonly seed: number;
  /** Of the whole case. Its signal also fires when a person aborts; every wait hangs on a part of it. */
  readonly deadline: Deadline;
  /** Puts a line into the record. `case` must be this case. */
  readonly emit: (payload: CasePayload) => void;
  /** Stores files of this case; give what it returns to `emit`. */
  readonly attachments: AttachmentStore;
  /** For the person who watches: the step that begins (`update: pull`), and the device's latest console line. Never in the record. */
  readonly watch: { step(name: string): void; consoleLine(text: string): void };
}

/** A case whose device is provisioned, booted and observed: what the scenario's body runs on. */
export interface OpenCase {
  readonly context: ScenarioContext;
  /** Of all transitions so far, violations and notes. */
  findings(): readonly Finding[];
  /** Ends the device's part: attachments stored, device off, disk kept when the verdict is not `passed`. The verdict is the one before negatives and known issues. */
  close(verdict: Pick<Verdict, 'verdict' | 'reason'>): Promise<void>;
}

/** Cases on one bench, one after the other, in the worker process of that bench. */
export interface CaseFactory {
  /**
   * Provisions and boots. What it throws is judged as what the body throws; it cleans up after itself when it throws.
   * @throws BenchError (poisons the bench, unless `details.benchUsable` is true), DeadlineError, AbortError, CapabilityError ...
   */
  open(request: CaseRequest): Promise<OpenCase>;
  /**
   * Boots a known-good image on the bench, after a case that a bench error ended. Steps go into the record as that case's.
   * @throws BenchError, DeadlineError ...: the bench is out.
   */
  proveBench(request: CaseRequest): Promise<void>;
  /** Leaves the device of the open case as it is, for a person: how to attach to it, a line each. */
  hold?(): Promise<readonly string[]>;
  /** The bench is free afterwards and nothing is left running. Safe while a case is open, and twice. */
  release(): Promise<void>;
}

/** What a worker process gets to make its factory. Plain data. */
export interface BenchSetup {
  readonly bench: Bench;
  readonly runDir: string;
  readonly seed: number;
  /** As given on the command line; what it means is compose's to know. */
  readonly images: string;
  /** The device of the last case is held for a person: what that needs is there from its power-on. */
  readonly hold?: boolean;
  /** Who uses the bench for what: told to others who want it. */
  readonly use?: string | undefined;
}

/** The export `openBench` of the module that a run names for its workers (harness/cli/compose.ts): acquires the bench. @throws BenchError `bench-busy` ... */
export type OpenBench = (setup: BenchSetup, abort: AbortSignal) => Promise<CaseFactory>;
