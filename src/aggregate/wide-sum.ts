// The exact sum of int64 values, from the two 32-bit words of each as doubles; a bigint is made only when it is read.
import type { Input } from "./input.ts";

/** A word is below 2^32 in size, so 2^20 of them fill 2^52: then the sums so far move into bigints. */
const CAPACITY = 1_048_576;

/** The sum and the number of the int64 values that are in, for one window. */
export class WideSum {
  readonly #high: Int32Array;
  readonly #low: Uint32Array;
  readonly #valid: Uint8Array;
  #highSum = 0;
  #lowSum = 0;
  #carried = 0n;
  #room = CAPACITY;
  /** How many values are in. */
  count = 0;

  constructor(input: Input) {
    if (input.column.kind !== "int64") throw new TypeError("WideSum takes int64");
    const { words, valid } = input.column;
    this.#high = new Int32Array(words.buffer, words.byteOffset, words.length * 2);
    this.#low = new Uint32Array(words.buffer, words.byteOffset, words.length * 2);
    this.#valid = valid;
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

  sum(): bigint {
    return this.#carried + (BigInt(this.#highSum) << 32n) + BigInt(this.#lowSum);
  }

  #carry(): void {
    this.#carried = this.sum();
    this.#highSum = this.#lowSum = 0;
    this.#room = CAPACITY;
  }
}
