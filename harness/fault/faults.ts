import type { Fault, Phase } from '../scenario/api.ts';

/** Where a fault is aimed. The phase that it hits is measured, and stands in the record. */
interface Aim {
  readonly at: Phase;
}

/** Power removed without warning. `recorded` (default where the bench records): rebuilt from the block log; `live`: killed during the update. `aim`: at one instant of the phase. */
export function powerCut({ at, form, aim }: Aim & Pick<Fault, 'form' | 'aim'>): Fault {
  return { kind: 'power-cut', at, ...(form ? { form } : {}), ...(aim ? { aim } : {}) };
}

/** The system is reset; the storage keeps all that it completed. */
export function reset({ at }: Aim): Fault {
  return { kind: 'reset', at };
}

/** The update client is killed (SIGKILL). */
export function clientKill({ at }: Aim): Fault {
  return { kind: 'client-kill', at };
}

/** The repository stops to answer. */
export function repositoryGone({ at }: Aim): Fault {
  return { kind: 'repository-gone', at };
}

/** The repository serves an object whose content is not what its name says. */
export function corruptObject(): Fault {
  return { kind: 'corrupt-object', at: 'pull' };
}

/** The repository serves a commit signed by a key that the device does not trust. */
export function wrongSignature(): Fault {
  return { kind: 'wrong-signature', at: 'pull' };
}

/** The repository serves a commit that promises another composefs image than its tree gives: an image of the set, `NAME-other-digest`. */
export function wrongSeal(): Fault {
  return { kind: 'wrong-seal', at: 'stage' };
}

/** The device's storage is full. */
export function diskFull({ at }: Aim): Fault {
  return { kind: 'disk-full', at };
}

/** The device has no network, from before the transition to its end. */
export function networkDown(): Fault {
  return { kind: 'network-down', at: 'resolve' };
}
