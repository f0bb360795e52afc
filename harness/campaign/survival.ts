/** The bound is one-sided: with this confidence the true rate is not above it. */
const confidence = 0.95;

/**
 * The highest rate of failures that `failed` of `count` cuts still leave possible, with 95 % confidence (Clopper and Pearson, exact):
 * 0 of 60 gives 0.0487. @returns 1 when nothing was tried.
 */
export function upperBound(failed: number, count: number): number {
  if (count === 0 || failed >= count) return 1;
  let low = failed / count;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(failed, count, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** Rounded up: a bound that is rounded down is not one. `0 of 60 failed: at most 4.9 %`. */
export function survivalText(failed: number, count: number): string {
  if (count === 0) return 'none cut yet';
  const percent = Math.ceil(upperBound(failed, count) * 1000 - 1e-9) / 10;
  return `${failed} of ${count} failed: at most ${percent.toFixed(1)} %`;
}

/** Chance of no more than `failed` failures in `count` cuts at this rate. */
function atMost(failed: number, count: number, rate: number): number {
  let logChoose = 0;
  let sum = 0;
  for (let k = 0; k <= failed; k++) {
    if (k > 0) logChoose += Math.log(count - k + 1) - Math.log(k);
    sum += Math.exp(logChoose + k * Math.log(rate) + (count - k) * Math.log1p(-rate));
  }
  return sum;
}
