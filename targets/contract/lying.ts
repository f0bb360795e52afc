import type { Target } from '../../harness/device/target.ts';
import { lyingBenches } from './lying-benches.ts';
import { lyingConsoles } from './lying-consoles.ts';
import { lyingPower } from './lying-power.ts';
import { lyingShells } from './lying-shells.ts';

/** A good adapter with one thing wrong, and the check of the contract that must catch it. */
export interface Liar {
  /** Completes "catches ...". */
  readonly name: string;
  /** `another`: makes a target of another bench of the same kind, for those who speak for somebody else. */
  readonly lie: (target: Target, another: () => Target) => Target;
  readonly caughtBy: string;
  /** What the contract must say: failing for another reason is not being caught. */
  readonly reason: RegExp;
}

export const liars: readonly Liar[] = [...lyingBenches, ...lyingConsoles, ...lyingShells, ...lyingPower];
