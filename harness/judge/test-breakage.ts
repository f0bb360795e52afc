import { judge } from './judge.ts';
import { cleanTransition, type TransitionShape } from './test-transition.ts';
import type { Transition } from './transition.ts';

/** Writable all the way down: what a breakage works on. */
export type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;

/** The finding codes, sorted and each once, of a clean transition with one change; its untouched twin must have none. */
export function codesAfter(shape: TransitionShape, change: (t: Writable<Transition>) => void): string[] {
  const twin = codes(cleanTransition(shape));
  if (twin.length > 0) throw new Error(`Not clean before the change: ${twin.join(', ')}`);
  const broken = detached(cleanTransition(shape));
  change(broken);
  return codes(broken as Transition);
}

function codes(t: Transition): string[] {
  return [...new Set(judge(t).map((finding) => finding.code))].sort();
}

/** Throws instead of skipping a change that would then change nothing. */
export function present<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('The clean transition lacks what this test breaks');
  return value;
}

/** A copy in which no two places share an object, so that one change stays one. */
export function detached<T>(value: T): Writable<T> {
  return JSON.parse(JSON.stringify(value)) as Writable<T>;
}
