// Exact sums over one key's rows: add and remove in any order, round once. The method is chosen per key from its values.
import { Bands } from "./bands.ts";
import { biasedExponent, powerOfTwo, roundRatio, scaled, SCALE } from "./rounding.ts";

/** Veltkamp's constant 2^27 + 1: splits a double into halves whose products are exact. */
const HALVES = 134_217_729;

/**
 * One key's values cut onto a common grid, so that plain additions are exact.
 * 1. From A = Σ|x| choose a unit u with Σ|upper| <= 2^53 u: `upper` is x rounded to u, by one addition of 1.5 · 2^52 u.
 * 2. `lower = x - upper` is exact and at most u/2; it must be a multiple of g = u · 2^(bits of n - 52), so that
 *    Σ|lower| <= 2^52 g. 3. Then every partial sum of either is an exact whole number of units, in whatever order rows
 *    come and go, and `upper + lower` is one IEEE addition of two exact numbers: the correctly rounded sum.
 * Where values are too far apart for step 2, the key falls back to `Bands`.
 */
export class SplitValues {
  readonly values: Float64Array;
  readonly upper: Float64Array;
  readonly lower: Float64Array;
  /** Whether the current key fits the grid. */
  fits = true;
  #from = -1;
  #to = -1;

  /** `values`: one per row, NaN for null, never an infinity. */
  constructor(values: Float64Array) {
    this.values = values;
    this.upper = new Float64Array(values.length);
    this.lower = new Float64Array(values.length);
  }

  /** Prepares the rows `[from, to)` of a key; a second call for the same key does nothing. */
  start(from: number, to: number): void {
    if (from === this.#from && to === this.#to) return;
    this.#from = from;
    this.#to = to;
    this.fits = this.#split(from, to);
  }

  #split(from: number, to: number): boolean {
    const { values, upper, lower } = this;
    let total = 0; // Σ|x|, within a factor 1 + 2^-20 of the true sum
    for (let i = from; i < to; i++) {
      const x = values[i] as number;
      if (x === x) total += Math.abs(x);
    }
    if (total === 0) {
      upper.fill(0, from, to);
      lower.fill(0, from, to);
      return true;
    }
    const exponent = biasedExponent(total);
    if (exponent > 1900 || exponent < 200) return false;
    const unit = powerOfTwo(exponent - 1023 + 2 - 53);
    const grid = unit * powerOfTwo(32 - Math.clz32(to - from) - 52);
    const toUnit = 1.5 * unit * powerOfTwo(52);
    const toGrid = 1.5 * grid * powerOfTwo(52);
    let fits = true;
    for (let i = from; i < to; i++) {
      const x = values[i] as number;
      if (x !== x) continue;
      const high = x + toUnit - toUnit;
      const low = x - high;
      upper[i] = high;
      lower[i] = low;
      if (low + toGrid - toGrid !== low) fits = false;
    }
    return fits;
  }
}

/** The exact sum and the number of the values that are in, for one window. */
export class ExactSum {
  readonly #split: SplitValues;
  readonly #values: Float64Array;
  readonly #upperOf: Float64Array;
  readonly #lowerOf: Float64Array;
  #bands: Bands | null = null;
  #fits = true;
  #upper = 0;
  #lower = 0;
  /** How many values are in. */
  count = 0;

  constructor(split: SplitValues) {
    this.#split = split;
    this.#values = split.values;
    this.#upperOf = split.upper;
    this.#lowerOf = split.lower;
  }

  start(from: number, to: number): void {
    this.#split.start(from, to);
    this.#fits = this.#split.fits;
    this.count = this.#upper = this.#lower = 0;
    if (this.#fits) return;
    this.#bands ??= new Bands();
    this.#bands.clear();
  }

  add(row: number): void {
    const x = this.#values[row] as number;
    if (x !== x) return;
    this.count++;
    if (this.#fits) {
      this.#upper += this.#upperOf[row] as number;
      this.#lower += this.#lowerOf[row] as number;
    } else (this.#bands as Bands).add(x);
  }

  remove(row: number): void {
    const x = this.#values[row] as number;
    if (x !== x) return;
    this.count--;
    if (this.#fits) {
      this.#upper -= this.#upperOf[row] as number;
      this.#lower -= this.#lowerOf[row] as number;
    } else (this.#bands as Bands).remove(x);
  }

  /** The correctly rounded sum; an infinity beyond the doubles. */
  sum(): number {
    return this.#fits ? this.#upper + this.#lower + 0 : (this.#bands as Bands).finish();
  }

  /** The correctly rounded mean of at least one value. */
  mean(): number {
    const fast = this.#fits ? quotient(this.#upper, this.#lower, this.count) : null;
    if (fast !== null) return fast;
    const exact = this.#fits ? scaled(this.#upper) + scaled(this.#lower) : (this.#bands as Bands).exact();
    return roundRatio(exact, BigInt(this.count), SCALE);
  }
}

/**
 * (a + b) / n correctly rounded, or null where two additions cannot prove it (Ziv's test): divide the rounded sum,
 * take the remainder exactly by Dekker's product, and see whether both ends of the error interval round alike.
 */
function quotient(a: number, b: number, n: number): number | null {
  const sum = a + b;
  const back = sum - a;
  const rest = a - (sum - back) + (b - back);
  if (sum === 0) return 0;
  const q = sum / n;
  const size = Math.abs(q);
  if (!(size > 1e-250 && size < 1e250)) return null;
  const spread = HALVES * q;
  const qHigh = spread - (spread - q);
  const qLow = q - qHigh;
  const spreadN = HALVES * n;
  const nHigh = spreadN - (spreadN - n);
  const nLow = n - nHigh;
  const product = q * n;
  const error = qHigh * nHigh - product + qHigh * nLow + qLow * nHigh + qLow * nLow;
  const correction = (sum - product - error + rest) / n;
  const margin = size * powerOfTwo(-100);
  const least = q + (correction - margin);
  const greatest = q + (correction + margin);
  return least === greatest ? least + 0 : null;
}
