export interface Boundary {
  readonly good: number;
  readonly bad: number;
}

/**
 * Bisects between a position that is good and one that is bad, on either side of it, until they are neighbours or `tests` are used up. Between
 * them there may be more changes than one: it ends at one of them.
 */
export async function boundaryBetween(
  { good, bad }: Boundary,
  fails: (at: number) => boolean | Promise<boolean>,
  tests = Infinity,
): Promise<Boundary> {
  for (let left = tests; left > 0 && Math.abs(bad - good) > 1; left--) {
    const middle = Math.floor((good + bad) / 2);
    if (await fails(middle)) bad = middle;
    else good = middle;
  }
  return { good, bad };
}
