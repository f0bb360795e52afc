import type { Canary, FaultOutcome, Transition, TransitionKind } from '../judge/transition.ts';
import type { Observation } from '../observe/observation.ts';
import type { ClientResult } from '../update/update-client.ts';
import type { SessionImage } from './image-source.ts';

/** What happened between two observations, as the oracles want it. */
export interface Happened {
  readonly kind: TransitionKind;
  readonly to: SessionImage;
  readonly before: Observation;
  readonly staged?: Observation | undefined;
  readonly after: Observation;
  readonly offline?: Transition['offline'] | undefined;
  readonly fault?: FaultOutcome | undefined;
  readonly client?: ClientResult | undefined;
  readonly canaries: readonly Canary[];
  readonly generation: number;
  readonly fsckProblems?: readonly string[];
  /** Console offset from which this transition counts, and boots that were expected since. */
  readonly consoleFrom: number;
  readonly expectedBoots: number;
  readonly attemptsUsed?: number;
}
