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
