import type { Deadline } from './deadline.ts';

/** What a cut loses: `memory` (a reset), `memory+cache` (also every write since the last flush), `torn` (a write in part), `real` (a board's own). */
export type LossModel = 'memory' | 'memory+cache' | 'torn' | 'real';

/** Proof of a loss of power: never made without having seen what `proof` lists. A loss model is never upgraded afterwards. */
export interface CutReceipt {
  readonly kind: 'cut' | 'reset';
  readonly lossModel: LossModel;
  /** ISO 8601, harness clock. */
  readonly at: string;
  /** What was seen, one fact a line: `SIGKILL sent to pid 123`, `process reaped`, `QMP at EOF`. */
  readonly proof: readonly string[];
  /** Milliseconds from the command to the proven loss. */
  readonly latencyMs: number;
  /** Milliseconds that the device then stays without power, at the least; of a bench that decides it. */
  readonly offMs?: number;
  /** Where in the block log, for a target that records. */
  readonly log?: LogCut;
}

/** A cut as a position in a block log: the disk holds entries [0, entry) up to the last flush, and of those after it all but `dropped`. */
export interface LogCut {
  /** sha256 of the base disk's identity, hex. */
  readonly base: string;
  readonly entry: number;
  /** Index of the last FLUSH entry before `entry`, -1 for none. */
  readonly lastFlush: number;
  /** The n-th flush of the phase (0: before the first). */
  readonly flushInPhase: number;
  readonly phase: string;
  /** Writes after the last flush that were lost: [first sector (512 B), sectors]. */
  readonly dropped: readonly (readonly [sector: number, sectors: number])[];
  /** Writes at or after `entry` that were in flight and had landed, in the same form. */
  readonly landed?: readonly (readonly [sector: number, sectors: number])[];
  readonly seed: number;
}

export interface Power {
  /** Power on; resolves when the device has begun to run, not when it has booted. */
  on(deadline: Deadline): Promise<void>;
  /** Power off in the bench's own way, at the end of a case. Proves nothing. */
  off(deadline: Deadline): Promise<void>;
  /** Remove power without warning. @throws BenchError `cut-not-proven` when the loss of power could not be shown. */
  cut(deadline: Deadline): Promise<CutReceipt>;
  /** Reset the system; storage keeps all completed writes. @throws CapabilityError where the bench cannot. */
  reset(deadline: Deadline): Promise<CutReceipt>;
  sense(): Promise<'on' | 'off' | 'unknown'>;
}
