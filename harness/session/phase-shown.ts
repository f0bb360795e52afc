import { CapabilityError } from '../errors/harness-error.ts';
import type { Phase } from '../scenario/api.ts';
import { markPattern } from './phase-marks.ts';

/** What the console shows as these phases begin; where the boot loader's choice is being swapped it shows nothing. */
const phaseSigns: Readonly<Partial<Record<Phase, RegExp>>> = {
  finalize: new RegExp(markPattern('finalize', 'begin')),
  reboot: new RegExp(markPattern('finalize', 'end')),
  'first-boot': /\] Run \S*\/init as init process/,
};

/** The client runs: a fault comes from outside, in the middle of it. */
export function isWhileStaging(phase: Phase): boolean {
  return phase === 'resolve' || phase === 'pull' || phase === 'stage';
}

/** What the console shows when a fault aimed at this phase has to come; undefined: it comes while the client runs. @throws CapabilityError `phase-not-shown`. */
export function signOf(phase: Phase): RegExp | undefined {
  if (isWhileStaging(phase)) return undefined;
  const sign = phaseSigns[phase];
  if (sign) return sign;
  throw new CapabilityError(`Nothing shows when: phase ${phase}`, {
    code: 'phase-not-shown',
    hint: "a recorded cut, powerCut({ form: 'recorded' }), can be aimed there",
  });
}

/** What follows when a phase's end mark was the last. Between stage and shutdown the device runs, with the update staged: none of the phases. */
const following: Readonly<Record<string, string>> = { pull: 'stage', stage: 'after stage', finalize: 'reboot' };

/**
 * The phase that a device was in when its console ended here: by the last mark there, or by the system that has started since; undefined: no
 * mark was written.
 */
export function phaseShown(console: string): string | undefined {
  const [last] = [...console.matchAll(/bootproof-mark \d+ ([a-z-]+) (begin|end)/g)].slice(-1);
  if (!last) return undefined;
  const [, phase = '', edge] = last;
  if (phaseSigns['first-boot']?.test(console.slice(last.index))) return 'first-boot';
  return edge === 'begin' ? phase : (following[phase] ?? `after ${phase}`);
}
