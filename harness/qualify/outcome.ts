import type { MutantResult } from '../record/qualification.ts';

/** Dead only by what was expected: all of it, and nothing else. */
export function outcomeOf(expected: readonly string[], found: readonly string[]): MutantResult['outcome'] {
  if (found.length === 0) return 'survived';
  return [...expected].sort().join('\n') === [...found].sort().join('\n') ? 'killed' : 'wrong-reason';
}
