import type { Phase } from '../scenario/api.ts';
import { markPattern } from './phase-marks.ts';

/** What the console shows as these phases begin; where the boot loader's choice is being swapped it shows nothing. */
export const phaseSigns: Readonly<Partial<Record<Phase, RegExp>>> = {
  finalize: new RegExp(markPattern('finalize', 'begin')),
  reboot: new RegExp(markPattern('finalize', 'end')),
  'first-boot': /\] Run \S*\/init as init process/,
};

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
