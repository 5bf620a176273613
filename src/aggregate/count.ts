// count(): how many rows, nulls and all.
import type { Accumulator, Aggregation } from "./aggregate.ts";

export const count: Aggregation = {
  accepts: [],
  result: () => "int32",
  empty: 0,
  ordered: false,
  accumulate: (_input, length) => {
    const numbers = new Float64Array(length);
    return { accumulator: new Count(numbers), output: () => ({ vector: { kind: "int32", numbers }, failed: new Uint8Array(length) }) };
  },
};

class Count implements Accumulator {
  readonly #out: Float64Array;
  #rows = 0;
  constructor(out: Float64Array) {
    this.#out = out;
  }
  start(): void {
    this.#rows = 0;
  }
  add(): void {
    this.#rows++;
  }
  remove(): void {
    this.#rows--;
  }
  finish(at: number): void {
    this.#out[at] = this.#rows;
  }
}
