// min and max: the least or greatest value in the window, by a monotone deque that takes rows out of order, or by a multiset.
import { ANY_KIND, type Accumulator, type Aggregation, type Summary } from "./aggregate.ts";
import { Cells } from "./cells.ts";
import { OverValues } from "./over-values.ts";
import { intsFor } from "../schema/slab.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { Input } from "./input.ts";
import type { LocalRanks } from "./local-ranks.ts";

/** `sign` is 1 for the least value and -1 for the greatest. */
export function extreme(sign: 1 | -1): Aggregation {
  return {
    form: { value: "required", options: ["type"] },
    accepts: ANY_KIND,
    result: (input) => input as ColumnKind,
    empty: null,
    ordered: false,
    accumulate: ({ value, by, length, retracts }) => {
      const input = value as Input;
      const { codes, decode } = input.ranked();
      const cells = new Cells(length);
      const make = (): Accumulator => (retracts ? new ExtremeOfAny(input.ranks(by), codes, sign, cells) : new Extreme(codes, sign, cells));
      return { make, output: () => cells.decoded(decode) };
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
  readonly #out: Cells;
  #deque = intsFor(64);
  #head = 0;
  #tail = 0;

  constructor(codes: Float64Array, sign: 1 | -1, out: Cells) {
    this.#codes = codes;
    this.#sign = sign;
    this.#out = out;
  }

  start(): void {
    this.#head = this.#tail = 0;
  }

  add(row: number): void {
    if (this.#tail === this.#deque.length) this.#makeRoom();
    const codes = this.#codes;
    const deque = this.#deque;
    const sign = this.#sign;
    const x = (codes[row] as number) * sign;
    if (x !== x) return;
    const place = this.#place(row);
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

  finish(): void {
    this.#out.push(this.#head < this.#tail ? (this.#codes[this.#deque[this.#head] as number] as number) : Number.NaN);
  }

  summary(): Summary {
    return { rows: this.#head < this.#tail ? [this.#deque[this.#head] as number] : [], numbers: [] };
  }

  merge(from: number, to: number): void {
    for (let row = from; row < to; row++) this.add(row);
  }

  /** Where the first row above `row` stands: nearly always at the end. */
  #place(row: number): number {
    const deque = this.#deque;
    let low = this.#head;
    let high = this.#tail;
    if (low === high || (deque[high - 1] as number) < row) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((deque[middle] as number) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(): void {
    const size = this.#tail - this.#head;
    const deque = 2 * size > this.#deque.length ? new Int32Array(2 * this.#deque.length) : this.#deque;
    deque.set(this.#deque.subarray(this.#head, this.#tail));
    this.#deque = deque;
    this.#head = 0;
    this.#tail = size;
  }
}

/** Where any row may be retracted, what it was better than counts again: all are kept. */
class ExtremeOfAny extends OverValues {
  readonly #codes: Float64Array;
  readonly #sign: 1 | -1;
  readonly #out: Cells;

  constructor(ranks: LocalRanks, codes: Float64Array, sign: 1 | -1, out: Cells) {
    super(ranks);
    this.#codes = codes;
    this.#sign = sign;
    this.#out = out;
  }

  override finish(): void {
    const row = this.#best();
    this.#out.push(row < 0 ? Number.NaN : (this.#codes[row] as number));
  }

  override summary(): Summary {
    const row = this.#best();
    return { rows: row < 0 ? [] : [row], numbers: [] };
  }

  #best(): number {
    const { ranks } = this.values;
    const rank = this.#sign > 0 ? ranks.first : ranks.last;
    return rank < 0 ? -1 : this.values.row(rank);
  }
}
