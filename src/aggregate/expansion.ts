// Expansions: sums of doubles that do not overlap, in increasing magnitude (Shewchuk 1997, "Adaptive precision
// floating-point arithmetic"). Used to round what the accumulators hold; finite as long as no partial sum overflows.

/** Adds `x` to the expansion `parts[0..length)` exactly; zeros are dropped. Returns the new length. */
export function grow(parts: Float64Array, length: number, x: number): number {
  let kept = 0;
  for (let i = 0; i < length; i++) {
    const y = parts[i] as number;
    const sum = x + y;
    const back = sum - x;
    const rest = x - (sum - back) + (y - back);
    if (rest !== 0) parts[kept++] = rest;
    x = sum;
  }
  if (x !== 0 || kept === 0) parts[kept++] = x;
  return kept;
}

/** The double nearest to an expansion, ties to even (the half-even fix is Python's `math.fsum`'s). Never -0. */
export function nearest(parts: Float64Array, length: number): number {
  if (length === 0) return 0;
  let i = length - 1;
  let x = parts[i] as number;
  let rest = 0;
  while (i > 0 && rest === 0) {
    const before = x;
    const y = parts[--i] as number;
    x = before + y;
    rest = y - (x - before);
  }
  const below = i > 0 ? (parts[i - 1] as number) : 0;
  if ((rest < 0 && below < 0) || (rest > 0 && below > 0)) {
    const twice = rest * 2;
    const up = x + twice;
    if (twice === up - x) x = up;
  }
  return x + 0;
}

/** Veltkamp's constant 2^27 + 1: splits a double into halves whose products are exact. */
const HALVES = 134_217_729;

/** What `a · b` lacks as a double, exactly (Dekker 1971), while neither overflows nor falls below the doubles in between. */
export function productError(a: number, b: number, product: number): number {
  const spreadA = HALVES * a;
  const highA = spreadA - (spreadA - a);
  const lowA = a - highA;
  const spreadB = HALVES * b;
  const highB = spreadB - (spreadB - b);
  const lowB = b - highB;
  return highA * highB - product + highA * lowB + lowA * highB + lowA * lowB;
}

/** 2^-100: what the correction of a quotient lacks, at most, and much more. */
const MARGIN = 7.888609052210118e-31;

/**
 * (a + b) / n correctly rounded, or null where two additions cannot prove it (Ziv's test): divide the rounded sum,
 * take the remainder exactly by Dekker's product, and see whether both ends of the error interval round alike.
 */
export function quotient(a: number, b: number, n: number): number | null {
  const sum = a + b;
  const back = sum - a;
  const rest = a - (sum - back) + (b - back);
  if (sum === 0) return 0;
  const q = sum / n;
  const size = Math.abs(q);
  if (!(size > 1e-250 && size < 1e250)) return null;
  const product = q * n;
  const correction = (sum - product - productError(q, n, product) + rest) / n;
  const margin = size * MARGIN;
  const least = q + (correction - margin);
  const greatest = q + (correction + margin);
  return least === greatest ? least + 0 : null;
}
