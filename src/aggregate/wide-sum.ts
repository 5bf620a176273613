// The exact sum of int64 values, from the two 32-bit words of each as doubles; a bigint is made only when it is read.
import type { Accumulator, Summary } from "./aggregate.ts";
import type { Input } from "./input.ts";

/** A word is below 2^32 in size, so 2^20 of them fill 2^52: then the sums so far move into bigints. */
const CAPACITY = 1_048_576;

/** Sums have 128 bits, in words of 32. */
const WORDS = 4;

/** The sum and the number of the int64 values that are in, and what is made of it at each moment. */
export class WideSum implements Accumulator {
  readonly #high: Int32Array;
  readonly #low: Uint32Array;
  readonly #valid: Uint8Array;
  readonly #write: (sum: WideSum) => void;
  #highSum = 0;
  #lowSum = 0;
  #carried = 0n;
  #room = CAPACITY;
  /** How many values are in. */
  count = 0;

  constructor(input: Input, write: (sum: WideSum) => void) {
    if (input.column.kind !== "int64") throw new TypeError("WideSum takes int64");
    const { words, valid } = input.column;
    this.#high = new Int32Array(words.buffer, words.byteOffset, words.length * 2);
    this.#low = new Uint32Array(words.buffer, words.byteOffset, words.length * 2);
    this.#valid = valid;
    this.#write = write;
  }

  start(): void {
    this.count = this.#highSum = this.#lowSum = 0;
    this.#carried = 0n;
    this.#room = CAPACITY;
  }

  add(row: number): void {
    if (this.#valid[row] === 0) return;
    this.count++;
    this.#highSum += this.#high[2 * row + 1] as number;
    this.#lowSum += this.#low[2 * row] as number;
    if (--this.#room === 0) this.#carry();
  }

  remove(row: number): void {
    if (this.#valid[row] === 0) return;
    this.count--;
    this.#highSum -= this.#high[2 * row + 1] as number;
    this.#lowSum -= this.#low[2 * row] as number;
    if (--this.#room === 0) this.#carry();
  }

  finish(): void {
    this.#write(this);
  }

  /** How many values, and the words of their sum, the lowest first. */
  summary(): Summary {
    const sum = BigInt.asUintN(32 * WORDS, this.sum());
    return { rows: [], numbers: [this.count, ...Array.from({ length: WORDS }, (_, word) => Number(BigInt.asUintN(32, sum >> BigInt(32 * word))))] };
  }

  merge(_from: number, _to: number, numbers: ArrayLike<number>, first: number = 0): void {
    this.count += numbers[first] as number;
    let sum = 0n;
    for (let word = WORDS; word > 0; word--) sum = (sum << 32n) + BigInt(numbers[first + word] as number);
    this.#carried += BigInt.asIntN(32 * WORDS, sum);
  }

  sum(): bigint {
    return this.#carried + (BigInt(this.#highSum) << 32n) + BigInt(this.#lowSum);
  }

  #carry(): void {
    this.#carried = this.sum();
    this.#highSum = this.#lowSum = 0;
    this.#room = CAPACITY;
  }
}
