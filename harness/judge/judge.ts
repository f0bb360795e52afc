import { identity } from './01-identity.ts';
import { firmwareView } from './02-firmware-view.ts';
import { crossView } from './03-cross-view.ts';
import { entries } from './04-entries.ts';
import { usr } from './05-usr.ts';
import { etc } from './06-etc.ts';
import { variableData } from './07-var.ts';
import { noWayBack } from './08-no-way-back.ts';
import { health } from './10-health.ts';
import { runningUnchanged } from './11-running-unchanged.ts';
import type { Finding } from './finding.ts';
import type { Transition } from './transition.ts';

export type Oracle = (t: Transition) => Finding[];
export type Oracles = Readonly<Record<number, Oracle>>;

/** By number, as in docs/design.md. 9 is an action on a device (`checkRecovery`), so no observation of a transition can answer it. */
export const oracles: Oracles = {
  1: identity,
  2: firmwareView,
  3: crossView,
  4: entries,
  5: usr,
  6: etc,
  7: variableData,
  8: noWayBack,
  10: health,
  11: runningUnchanged,
};

/**
 * Every oracle over one transition, in the order of their numbers. Pure: the same transition gives the same findings, without a device.
 * `by`: others than the real ones, for who qualifies them.
 */
export function judge(transition: Transition, by: Oracles = oracles): Finding[] {
  return Object.values(by).flatMap((oracle) => oracle(transition));
}

/** What the disk alone shows when no boot from it answered: oracles 2 to 8 in the firmware's and the kernel's view. */
export function judgeDisk(transition: Omit<Transition, 'after'>): Finding[] {
  // In these two views no oracle looks at what runs afterwards.
  const found = judge({ ...transition, after: transition.before });
  return found.filter(({ view }) => view === 'firmware' || view === 'kernel');
}
