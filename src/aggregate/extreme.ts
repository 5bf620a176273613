// min and max: the least or greatest value in the window, by a monotone deque that takes rows out of order.
import type { Accumulator, Aggregation } from "./aggregate.ts";
import type { Input } from "./input.ts";
import type { ColumnKind } from "../schema/value-type.ts";

/** `sign` is 1 for the least value and -1 for the greatest. */
export function extreme(sign: 1 | -1): Aggregation {
  return {
    accepts: ["float64", "int32", "int64", "string", "boolean", "timestamp"],
    result: (input) => input as ColumnKind,
    empty: null,
    ordered: false,
    accumulate: (input, length) => {
      const { codes, decode } = (input as Input).ranked();
      const out = new Float64Array(length).fill(Number.NaN);
      return { accumulator: new Extreme(codes, sign, out), output: () => ({ vector: decode(out), failed: new Uint8Array(length) }) };
    },
  };
}

/**
 * The deque holds rows that are in, in the source's order, each strictly better than all after it: its head is the
 * answer, and a row that leaves is the head or not in it. A row that comes late is put at its place in the order: it
 * is dropped if the next later row is at least as good (that one stays longer), and drops the earlier rows that are
 * no better than it.
 */
class Extreme implements Accumulator {
  readonly #codes: Float64Array;
  readonly #sign: 1 | -1;
  readonly #out: Float64Array;
  #deque = new Int32Array(64);
  #head = 0;
  #tail = 0;

  constructor(codes: Float64Array, sign: 1 | -1, out: Float64Array) {
    this.#codes = codes;
    this.#sign = sign;
    this.#out = out;
  }

  start(from: number, to: number): void {
    this.#head = this.#tail = 0;
    if (this.#deque.length < to - from) this.#deque = new Int32Array(Math.max(to - from, 2 * this.#deque.length));
  }

  add(row: number): void {
    const codes = this.#codes;
    const deque = this.#deque;
    const sign = this.#sign;
    const x = (codes[row] as number) * sign;
    if (x !== x) return;
    let place = this.#tail;
    while (place > this.#head && (deque[place - 1] as number) > row) place--;
    if (place < this.#tail && (codes[deque[place] as number] as number) * sign <= x) return;
    let first = place;
    while (first > this.#head && (codes[deque[first - 1] as number] as number) * sign >= x) first--;
    if (place < this.#tail) deque.copyWithin(first + 1, place, this.#tail);
    deque[first] = row;
    this.#tail += first + 1 - place;
  }

  remove(row: number): void {
    if (this.#head < this.#tail && this.#deque[this.#head] === row) this.#head++;
  }

  finish(at: number): void {
    if (this.#head < this.#tail) this.#out[at] = this.#codes[this.#deque[this.#head] as number] as number;
  }
}
