// sum(x): the exact sum of the values, rounded once; of int64 a whole number of 128 bits.
import { ExactSum } from "./exact-sum.ts";
import { WideSum } from "./wide-sum.ts";
import type { Accumulator, Aggregation } from "./aggregate.ts";
import type { Input } from "./input.ts";

export const sum: Aggregation = {
  accepts: ["float64", "int64"],
  result: (input) => (input === "int64" ? "int128" : "float64"),
  empty: null,
  ordered: false,
  accumulate: (input, length) => ((input as Input).kind === "int64" ? ofInt64(input as Input, length) : ofDoubles(input as Input, length)),
};

function ofDoubles(input: Input, length: number): ReturnType<Aggregation["accumulate"]> {
  const numbers = new Float64Array(length).fill(Number.NaN);
  const failed = new Uint8Array(length);
  return { accumulator: new SumOfDoubles(new ExactSum(input.split()), numbers, failed), output: () => ({ vector: { kind: "float64", numbers }, failed }) };
}

class SumOfDoubles implements Accumulator {
  readonly #sum: ExactSum;
  readonly #out: Float64Array;
  readonly #failed: Uint8Array;
  constructor(exact: ExactSum, out: Float64Array, failed: Uint8Array) {
    this.#sum = exact;
    this.#out = out;
    this.#failed = failed;
  }
  start(from: number, to: number): void {
    this.#sum.start(from, to);
  }
  add(row: number): void {
    this.#sum.add(row);
  }
  remove(row: number): void {
    this.#sum.remove(row);
  }
  finish(at: number): void {
    if (this.#sum.count === 0) return;
    const value = this.#sum.sum();
    if (Math.abs(value) === Infinity) this.#failed[at] = 1;
    else this.#out[at] = value;
  }
}

function ofInt64(input: Input, length: number): ReturnType<Aggregation["accumulate"]> {
  const sums: (bigint | null)[] = Array.from({ length }, () => null);
  return { accumulator: new SumOfInt64(new WideSum(input), sums), output: () => ({ vector: { kind: "int128", sums }, failed: new Uint8Array(length) }) };
}

class SumOfInt64 implements Accumulator {
  readonly #sum: WideSum;
  readonly #out: (bigint | null)[];
  constructor(exact: WideSum, out: (bigint | null)[]) {
    this.#sum = exact;
    this.#out = out;
  }
  start(): void {
    this.#sum.start();
  }
  add(row: number): void {
    this.#sum.add(row);
  }
  remove(row: number): void {
    this.#sum.remove(row);
  }
  finish(at: number): void {
    if (this.#sum.count > 0) this.#out[at] = this.#sum.sum();
  }
}
