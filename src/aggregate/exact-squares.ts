// The exact sums of values and of their squares, and the variance that they give, rounded once.
import { Bands } from "./bands.ts";
import { grow, nearest, productError, quotient } from "./expansion.ts";
import { biasedExponent, powerOfTwo, roundRatio, scaleBy } from "./rounding.ts";
import type { Accumulator, Summary } from "./aggregate.ts";
import type { Column } from "../schema/column.ts";

/** Squares within these bounds have exact errors; beyond, the value is scaled first. */
const LEAST: number = powerOfTwo(-480);
const GREATEST: number = powerOfTwo(500);
const SCALE = 600;
const UP: number = powerOfTwo(SCALE);
const DOWN: number = powerOfTwo(-SCALE);

const TWO_32 = 4_294_967_296;

/** Values as sums of two doubles: what the first of them lacks of an int64 is in `rest`. NaN for null. */
export interface Halved {
  readonly values: Float64Array;
  readonly rest: Float64Array | null;
}

/** A column of float64 or int64 as such values. */
export function halved(column: Column): Halved {
  if (column.kind === "float64") return { values: column.numbers, rest: null };
  if (column.kind !== "int64") throw new TypeError("variances are of float64 or int64");
  const { words, valid } = column;
  const halves = new Int32Array(words.buffer, words.byteOffset, 2 * words.length); // little endian: low word, high word
  const values = new Float64Array(words.length).fill(Number.NaN);
  const rest = new Float64Array(words.length);
  let areWhole = true;
  for (let i = 0; i < values.length; i++) {
    if (valid[i] === 0) continue;
    const high = (halves[2 * i + 1] as number) * TWO_32;
    const low = (halves[2 * i] as number) >>> 0;
    const value = high + low;
    values[i] = value;
    rest[i] = low - (value - high);
    if (rest[i] !== 0) areWhole = false;
  }
  return { values, rest: areWhole ? null : rest };
}

/** The exact sums of the values that are in, and of their squares, and what is made of them at each moment. */
export class ExactSquares implements Accumulator {
  readonly #values: Float64Array;
  readonly #rest: Float64Array | null;
  readonly #write: (squares: ExactSquares) => void;
  readonly #sum = new Bands();
  readonly #squares = new Bands();
  /** How many values are in. */
  count = 0;

  constructor({ values, rest }: Halved, write: (squares: ExactSquares) => void) {
    this.#values = values;
    this.#rest = rest;
    this.#write = write;
  }

  start(): void {
    this.count = 0;
    this.#sum.clear();
    this.#squares.clear();
  }

  add(row: number): void {
    const x = this.#values[row] as number;
    if (x !== x) return;
    this.count++;
    this.#sum.add(x);
    this.#square(x, 1);
    if (this.#rest !== null) this.#complete(x, this.#rest[row] as number, 1);
  }

  remove(row: number): void {
    const x = this.#values[row] as number;
    if (x !== x) return;
    this.count--;
    this.#sum.add(-x);
    this.#square(x, -1);
    if (this.#rest !== null) this.#complete(x, this.#rest[row] as number, -1);
  }

  finish(): void {
    this.#write(this);
  }

  /** How many values, how many numbers the components of their sum are, and the components of both sums. */
  summary(): Summary {
    const sum = this.#sum.components();
    return { rows: [], numbers: [this.count, sum.length, ...sum, ...this.#squares.components()] };
  }

  merge(_from: number, _to: number, numbers: ArrayLike<number>, first: number = 0, end: number = numbers.length): void {
    const sumEnd = first + 2 + (numbers[first + 1] as number);
    this.count += numbers[first] as number;
    this.#sum.merge(numbers, first + 2, sumEnd);
    this.#squares.merge(numbers, sumEnd, end);
  }

  /** (n Σx² - (Σx)²) / (n (n - 1)), rounded once; NaN of fewer than two values, an infinity beyond the doubles. */
  variance(): number {
    const n = this.count;
    if (n < 2) return Number.NaN;
    const fast = quickVariance(n, this.#sum.components(), this.#squares.components());
    if (fast !== null) return fast;
    const sum = this.#sum.exact();
    const squares = this.#squares.exact();
    const exponent = Math.min(2 * sum.exponent, squares.exponent);
    const numerator =
      ((BigInt(n) * squares.digits) << BigInt(squares.exponent - exponent)) - ((sum.digits * sum.digits) << BigInt(2 * sum.exponent - exponent));
    return roundRatio(numerator, BigInt(n) * BigInt(n - 1), -exponent);
  }

  #square(x: number, sign: 1 | -1): void {
    const size = Math.abs(x);
    if (size >= LEAST && size <= GREATEST) this.#product(x, x, sign, 0);
    else if (size < LEAST) this.#product(x * UP, x * UP, sign, -2 * SCALE);
    else this.#product(x * DOWN, x * DOWN, sign, 2 * SCALE);
  }

  /** Makes the sums of `x` those of `x + rest`. */
  #complete(x: number, rest: number, sign: 1 | -1): void {
    if (rest === 0) return;
    this.#sum.add(sign * rest);
    this.#product(2 * x, rest, sign, 0);
    this.#product(rest, rest, sign, 0);
  }

  #product(a: number, b: number, sign: 1 | -1, exponent: number): void {
    const product = a * b;
    const error = productError(a, b, product);
    this.#squares.add(sign * product, exponent);
    if (error !== 0) this.#squares.add(sign * error, exponent);
  }
}

/** So many components of a sum and of a sum of squares are multiplied out; of more, whole numbers are made. */
const SUM_COMPONENTS = 4;
const SQUARE_COMPONENTS = 6;
const TERMS = new Float64Array(64);
/** Components from this size on, on the scale of the squares, have exact products. */
const SMALLEST: number = powerOfTwo(-400);

/** The variance from the components of both sums by exact products; null where that is not known to be rounded right. */
function quickVariance(n: number, sum: readonly number[], squares: readonly number[]): number | null {
  if (squares.length === 0) return 0;
  if (sum.length > 1 + SUM_COMPONENTS || squares.length > 1 + SQUARE_COMPONENTS || n * (n - 1) > Number.MAX_SAFE_INTEGER) return null;
  const odd = (squares[0] as number) & 1;
  const exponent = (squares[0] as number) - odd;
  const shift = sum.length === 0 ? 0 : (sum[0] as number) - exponent / 2;
  if (shift < -100) return null;
  const scale = powerOfTwo(shift);
  let length = 0;
  for (let i = 1; i < squares.length; i++) {
    const square = (squares[i] as number) * (1 + odd);
    if (Math.abs(square) < SMALLEST) return null;
    length = growProduct(length, n, square);
  }
  for (let i = 1; i < sum.length; i++) {
    const x = (sum[i] as number) * scale;
    if (Math.abs(x) < SMALLEST) return null;
    for (let j = 1; j < i; j++) length = growProduct(length, -2 * x, (sum[j] as number) * scale);
    length = growProduct(length, -x, x);
  }
  const numerator = nearest(TERMS, length);
  if (numerator === 0) return 0;
  const value = quotient(numerator, nearest(TERMS, grow(TERMS, length, -numerator)), n * (n - 1));
  if (value === null) return null;
  const biased = biasedExponent(value) + exponent;
  return biased > 0 && biased < 2047 ? scaleBy(value, exponent) : null;
}

/** Adds a product exactly to the terms; returns how many there are. */
function growProduct(length: number, a: number, b: number): number {
  const product = a * b;
  const error = productError(a, b, product);
  return grow(TERMS, error === 0 ? length : grow(TERMS, length, error), product);
}
