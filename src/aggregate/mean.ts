// mean(x): the exact sum divided by the number of values, rounded once: never below the least value nor above the greatest.
import { ExactSum } from "./exact-sum.ts";
import { roundRatio } from "./rounding.ts";
import { WideSum } from "./wide-sum.ts";
import type { Accumulator, Aggregation } from "./aggregate.ts";
import type { Input } from "./input.ts";

export const mean: Aggregation = {
  accepts: ["float64", "int64"],
  result: () => "float64",
  empty: null,
  ordered: false,
  accumulate: (input, length) => {
    const numbers = new Float64Array(length).fill(Number.NaN);
    const accumulator =
      (input as Input).kind === "int64"
        ? new MeanOfInt64(new WideSum(input as Input), numbers)
        : new MeanOfDoubles(new ExactSum((input as Input).split()), numbers);
    return { accumulator, output: () => ({ vector: { kind: "float64", numbers }, failed: new Uint8Array(length) }) };
  },
};

class MeanOfDoubles implements Accumulator {
  readonly #sum: ExactSum;
  readonly #out: Float64Array;
  constructor(exact: ExactSum, out: Float64Array) {
    this.#sum = exact;
    this.#out = out;
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
    if (this.#sum.count > 0) this.#out[at] = this.#sum.mean();
  }
}

class MeanOfInt64 implements Accumulator {
  readonly #sum: WideSum;
  readonly #out: Float64Array;
  constructor(exact: WideSum, out: Float64Array) {
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
    if (this.#sum.count > 0) this.#out[at] = roundRatio(this.#sum.sum(), BigInt(this.#sum.count), 0);
  }
}
