// Decayed sums: each row is anchored at its own time, so that what it adds is a function of itself, and sums stay exact.
import { Bands } from "./bands.ts";
import { exp2Fraction } from "./exp2-fraction.ts";
import { powerOfTwo } from "./rounding.ts";
import type { Accumulator, Material, Summary } from "./aggregate.ts";
import type { Cells } from "./cells.ts";
import type { Micros } from "../time.ts";

/** Rows of one window are at most so many half-lives apart. */
const WINDOW = 64;
/** The anchor moves before a row is so many half-lives away. */
const REACH: number = powerOfTwo(20);
const BAND = 32;
/** Products within these bounds are rounded to 53 bits; beyond, the value is scaled first. */
const LEAST: number = powerOfTwo(-900);
const GREATEST: number = powerOfTwo(900);
const SCALE = 200;
const UP: number = powerOfTwo(SCALE);
const DOWN: number = powerOfTwo(-SCALE);

/**
 * The sum of values that halve with every half-life h. 1. With e = k h + r, a row adds the term x · 2^(r/h), rounded to 53 bits, times
 * 2^k. 2. The terms are summed exactly, in units of 2^anchor. 3. With T - offset = K h + R, the value is the sum divided by 2^K 2^(R/h),
 * rounded once. Rows that are in at once are less than 64 half-lives apart, so that the sum does not grow without end; live
 * states also summarise rows further apart, whose sum no window ever asks for: there it is dropped.
 */
export class DecayedSum implements Accumulator {
  readonly #values: Float64Array | null;
  readonly #eventTime: Float64Array;
  readonly #halfLife: Micros;
  readonly #offset: Micros;
  readonly #live: boolean;
  readonly #out: Cells;
  readonly #empty: number;
  readonly #bands = new Bands();
  #count = 0;
  #anchor = 0;
  #whole = 0; // the half-lives of the last time that was taken apart, and what remains of them, as a part of one
  #part = 0;
  #oldest = Infinity; // in half-lives; only known where it is live
  #newest = -Infinity;

  /** `values`: NaN for null; null stands for ones. `empty`: the value over nothing, NaN for null. */
  constructor(
    values: Float64Array | null,
    { eventTime, parameters, offset, live }: Pick<Material, "eventTime" | "parameters" | "offset" | "live">,
    out: Cells,
    empty: number,
  ) {
    this.#values = values;
    this.#eventTime = eventTime;
    this.#halfLife = parameters.halfLife as number;
    this.#offset = offset;
    this.#live = live;
    this.#out = out;
    this.#empty = empty;
  }

  start(): void {
    this.#count = 0;
    this.#oldest = Infinity;
    this.#newest = -Infinity;
    this.#bands.clear();
  }

  add(row: number): void {
    const x = this.#values === null ? 1 : (this.#values[row] as number);
    if (x !== x) return;
    this.#takeApart(this.#eventTime[row] as number);
    this.#reach(this.#whole);
    this.#count++;
    if (!this.#live || this.#spans(this.#whole, this.#whole)) this.#put(x);
  }

  remove(row: number): void {
    const x = this.#values === null ? 1 : (this.#values[row] as number);
    if (x !== x) return;
    this.#takeApart(this.#eventTime[row] as number);
    this.#count--;
    this.#put(-x);
  }

  finish(at: Micros): void {
    if (this.#count === 0) return this.#out.push(this.#empty);
    this.#takeApart(at - this.#offset);
    this.#out.pushFinite(this.#bands.over(exp2Fraction(this.#part), this.#whole - this.#anchor));
  }

  /** How many values, between which half-lives they lie, and the components of the sum; nothing but a 0 over nothing. */
  summary(): Summary {
    if (this.#count === 0) return { rows: [], numbers: [0] };
    return { rows: [], numbers: [this.#count, this.#oldest, this.#newest, ...this.#bands.components(this.#anchor)] };
  }

  merge(_from: number, _to: number, numbers: ArrayLike<number>, first: number = 0, end: number = numbers.length): void {
    if (numbers[first] === 0) return;
    const newest = numbers[first + 2] as number;
    this.#reach(newest);
    this.#count += numbers[first] as number;
    if (this.#spans(numbers[first + 1] as number, newest)) this.#bands.merge(numbers, first + 3, end, this.#anchor);
  }

  /** Moves the anchor near to a time, in half-lives, where it is far away. Whatever is in is near to that time, too. */
  #reach(whole: number): void {
    if (this.#count === 0) {
      this.#anchor = whole;
      this.#bands.clear();
    } else if (Math.abs(whole - this.#anchor) > REACH) {
      const bands = Math.floor((whole - this.#anchor) / BAND);
      this.#anchor += BAND * bands;
      this.#bands.shift(-bands);
    }
  }

  /** Notes what comes in, and whether all that is in can lie in one window; if not, the sum is dropped for good. */
  #spans(oldest: number, newest: number): boolean {
    if (oldest < this.#oldest) this.#oldest = oldest;
    if (newest > this.#newest) this.#newest = newest;
    if (this.#newest - this.#oldest <= WINDOW) return true;
    this.#bands.clear();
    return false;
  }

  /** Adds the term of a value at the time that was taken apart. */
  #put(x: number): void {
    const weight = exp2Fraction(this.#part);
    const size = Math.abs(x);
    const exponent = this.#whole - this.#anchor;
    if (size >= LEAST && size <= GREATEST) this.#bands.add(x * weight, exponent);
    else if (size < LEAST) this.#bands.add(x * UP * weight, exponent - SCALE);
    else this.#bands.add(x * DOWN * weight, exponent + SCALE);
  }

  /**
   * A time as a whole number of half-lives and a part of one. The quotient of whole numbers within 2^53 is never rounded past a whole
   * number, and a half-life has whole milliseconds, so that the product is exact.
   */
  #takeApart(time: Micros): void {
    this.#whole = Math.floor(time / this.#halfLife);
    this.#part = (time - this.#whole * this.#halfLife) / this.#halfLife;
  }
}
