// last(x): the value of the newest row that has one, by the source's total order.
import type { Accumulator, Aggregation } from "./aggregate.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { Input } from "./input.ts";

export const last: Aggregation = {
  accepts: ["float64", "int32", "int64", "string", "boolean", "timestamp"],
  result: (input) => input as ColumnKind,
  empty: null,
  ordered: true,
  accumulate: (input, length) => {
    const { codes, decode } = (input as Input).identity();
    const out = new Float64Array(length).fill(Number.NaN);
    return { accumulator: new Last(codes, out), output: () => ({ vector: decode(out), failed: new Uint8Array(length) }) };
  },
};

/** When the newest row leaves, every row before it has left or never comes in: rows leave in order. */
class Last implements Accumulator {
  readonly #codes: Float64Array;
  readonly #out: Float64Array;
  #newest = -1;
  constructor(codes: Float64Array, out: Float64Array) {
    this.#codes = codes;
    this.#out = out;
  }
  start(): void {
    this.#newest = -1;
  }
  add(row: number): void {
    const x = this.#codes[row] as number;
    if (x === x && row > this.#newest) this.#newest = row;
  }
  remove(row: number): void {
    if (row === this.#newest) this.#newest = -1;
  }
  finish(at: number): void {
    if (this.#newest >= 0) this.#out[at] = this.#codes[this.#newest] as number;
  }
}
