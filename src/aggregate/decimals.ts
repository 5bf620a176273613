// Decimals: doubles that stand for decimal numbers, as the whole numbers that they are in units of their last place.
import { roundRatio } from "./rounding.ts";
import type { ExactSum } from "./exact-sum.ts";

/** Beyond 2^53 doubles leave whole numbers out. Decimals of up to 15 digits, 10^15 units, are all recognised. */
const GREATEST = 9_007_199_254_740_992;
const UNITS: readonly number[] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/** So many units make 1, for a number of decimal places from 0 to 15. */
export function unitsOf(scale: number): number {
  return UNITS[scale] as number;
}

/** Values in units of `10^-scale`; NaN for null, and for what is no decimal with so many places. */
export function wholes(values: Float64Array, scale: number): Float64Array {
  const units = unitsOf(scale);
  return values.map((x) => {
    const whole = Math.round(x * units);
    return whole <= GREATEST && whole >= -GREATEST && whole / units === x ? whole + 0 : Number.NaN;
  });
}

/** A sum of such whole numbers divided by how many there are, rounded once. */
export function meanOfWholes(sum: ExactSum, scale: number): number {
  const units = unitsOf(scale);
  if (sum.count * units <= Number.MAX_SAFE_INTEGER) return sum.over(sum.count * units);
  const { digits, exponent } = sum.exact();
  return roundRatio(digits, BigInt(sum.count) * BigInt(units), -exponent);
}
