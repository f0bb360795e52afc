/** Random numbers that are the same on every machine for the same seed (mulberry32). Not for secrets. */
export interface Seeded {
  /** In [0, 1). */
  next(): number;
  /** Whole number in [0, bound); `bound` at least 1. */
  integer(bound: number): number;
  /** True with the probability `p`. */
  chance(p: number): boolean;
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    integer: (bound) => Math.floor(next() * bound),
    chance: (p) => next() < p,
  };
}
