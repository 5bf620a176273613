// Exact sums over one key's rows: add and remove in any order, round once. The method is chosen per key from its values.
import { Bands, type Dyadic } from "./bands.ts";
import { quotient } from "./expansion.ts";
import { biasedExponent, powerOfTwo, roundRatio, scaled, SCALE } from "./rounding.ts";
import type { Accumulator, Summary } from "./aggregate.ts";

const NOTHING = new Float64Array(0);

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
  upper: Float64Array = NOTHING;
  lower: Float64Array = NOTHING;
  /** Whether the current key fits the grid. */
  fits = true;
  #from = -1;
  #to = -1;

  /** `values`: one per row, NaN for null, never an infinity. */
  constructor(values: Float64Array) {
    this.values = values;
  }

  /** Prepares the rows `[from, to)` of a key; a second call for the same key does nothing. */
  start(from: number, to: number): void {
    if (from === this.#from && to === this.#to) return;
    if (this.upper === NOTHING) {
      this.upper = new Float64Array(this.values.length);
      this.lower = new Float64Array(this.values.length);
    }
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

/** The exact sum and the number of the values that are in, and what is made of it at each moment. */
export class ExactSum implements Accumulator {
  readonly #values: Float64Array;
  readonly #split: SplitValues | null;
  readonly #write: (sum: ExactSum) => void;
  #upperOf: Float64Array = NOTHING;
  #lowerOf: Float64Array = NOTHING;
  #bands: Bands | null = null;
  #fits = true;
  #upper = 0;
  #lower = 0;
  /** How many values are in. */
  count = 0;

  /** Where it is `live`, only bands are used: values that are merged need not fit the grid of the rows. */
  constructor(split: SplitValues, live: boolean, write: (sum: ExactSum) => void) {
    this.#values = split.values;
    this.#split = live ? null : split;
    this.#write = write;
  }

  start(from: number, to: number): void {
    this.count = this.#upper = this.#lower = 0;
    if (this.#split !== null) {
      this.#split.start(from, to);
      this.#upperOf = this.#split.upper;
      this.#lowerOf = this.#split.lower;
    }
    this.#fits = this.#split?.fits ?? false;
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
    } else (this.#bands as Bands).add(-x);
  }

  finish(): void {
    this.#write(this);
  }

  /** How many values, and the components of their sum. */
  summary(): Summary {
    return { rows: [], numbers: [this.count, ...(this.#bands as Bands).components()] };
  }

  merge(_from: number, _to: number, numbers: ArrayLike<number>, first: number = 0, end: number = numbers.length): void {
    this.count += numbers[first] as number;
    (this.#bands as Bands).merge(numbers, first + 1, end);
  }

  /** The sum divided by a whole number, rounded once; an infinity beyond the doubles. */
  over(denominator: number): number {
    if (!this.#fits) return (this.#bands as Bands).over(denominator);
    if (denominator === 1) return this.#upper + this.#lower + 0;
    return quotient(this.#upper, this.#lower, denominator) ?? roundRatio(this.exact().digits, BigInt(denominator), SCALE);
  }

  exact(): Dyadic {
    return this.#fits ? { digits: scaled(this.#upper) + scaled(this.#lower), exponent: -SCALE } : (this.#bands as Bands).exact();
  }
}
