import type { Target } from '../../harness/device/target.ts';
import { brickedAfterCut } from './bricking-adapter.ts';
import { cutWithoutEffect } from './lying-power.ts';

/** Good adapters with one thing wrong, by the name under which a negative scenario asks for one. */
export const brokenAdapters: Readonly<Record<string, (target: Target) => Target>> = {
  'cut-without-effect': (target) => cutWithoutEffect(target, () => target),
  'bricked-after-cut': brickedAfterCut,
};
