/**
 * Leaves out of `all` what the failure does not need: what stays fails, and does not without any one of its items (1-minimal). `all` has to fail.
 * After ddmin (Zeller and Hildebrandt, 2002): halves first, then ever smaller parts.
 */
export function minimalSubset<T>(all: readonly T[], fails: (some: readonly T[]) => boolean): readonly T[] {
  if (all.length > 0 && fails([])) return [];
  let left = all;
  for (let parts = 2; left.length > 1;) {
    const size = Math.ceil(left.length / parts);
    const cuts = Array.from({ length: Math.ceil(left.length / size) }, (_, i) => i * size);
    const slice = cuts.map((at) => left.slice(at, at + size)).find((some) => fails(some));
    const smaller =
      slice ?? cuts.map((at) => [...left.slice(0, at), ...left.slice(at + size)]).find((some) => fails(some));
    if (smaller) {
      left = smaller;
      parts = slice ? 2 : Math.max(2, parts - 1);
    } else if (size === 1) return left;
    else parts = Math.min(left.length, parts * 2);
  }
  return left;
}
