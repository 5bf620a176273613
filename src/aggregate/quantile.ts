// quantile(x, p): the nearest-rank quantile, always one of the values.
import { ANY_KIND, type Accumulator, type Aggregation, type Summary } from "./aggregate.ts";
import { Cells } from "./cells.ts";
import { Multiset } from "./multiset.ts";
import type { Aggregate, Present, Returns } from "../define/aggregate.ts";
import type { ColumnKind, Value } from "../schema/value-type.ts";
import type { Input } from "./input.ts";
import type { LocalRanks } from "./local-ranks.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The nearest-rank quantile, always one of the values: the `ceil(p * n)`th least of n, the least for `p` 0. */
    quantile<V extends Value>(value: (row: R) => V, p: number, options?: Returns<NoInfer<V>>): Aggregate<R, Present<V> | null>;
  }
}

export const quantile: Aggregation = {
  form: { value: "required", number: "p", options: ["type"] },
  accepts: ANY_KIND,
  result: (input) => input as ColumnKind,
  empty: null,
  ordered: false,
  accumulate: ({ value, by, parameters, length }) => {
    const input = value as Input;
    const { codes, decode } = input.ranked();
    const cells = new Cells(length);
    const position = nearestRank(parameters.p as string);
    return { make: () => new Quantile(input.ranks(by), codes, position, cells), output: () => cells.decoded(decode) };
  },
};

/** The place, from 1 on, of a quantile among `n` values in order: `max(1, ceil(p n))`, exactly. `p` is a decimal text from 0 to 1. */
export function nearestRank(p: string): (n: number) => number {
  const [mantissa, exponent = "0"] = p.split("e") as [string, string?];
  const [whole, decimals = ""] = mantissa.split(".") as [string, string?];
  const numerator = BigInt(whole + decimals);
  const denominator = BigInt(`1${"0".repeat(decimals.length - Number(exponent))}`);
  const [small, smallBelow] = [Number(numerator), Number(denominator)];
  return (n) => {
    const product = small * n;
    const place = product <= EXACT ? Math.ceil(product / smallBelow) : Number((numerator * BigInt(n) + denominator - 1n) / denominator);
    return Math.max(1, place);
  };
}

/**
 * 2^52. If a whole number up to this is divided by another, and the quotient is above 1 and not whole, it differs from any whole
 * number by more than it is rounded by, so it stays between the same two. (Below 1 it is no more than 1 however it is rounded.)
 */
const EXACT = 4_503_599_627_370_496;

/**
 * A cursor stands at the value that was the quantile, and knows how many values are below it. Each row that comes or goes moves
 * the quantile by one value at most, so the cursor takes one or two steps for each.
 */
class Quantile implements Accumulator {
  readonly #ranks: LocalRanks;
  readonly #codes: Float64Array;
  readonly #position: (n: number) => number;
  readonly #out: Cells;
  readonly #values = new Multiset();
  #size = 0;
  #cursor = 0;
  #below = 0;

  constructor(ranks: LocalRanks, codes: Float64Array, position: (n: number) => number, out: Cells) {
    this.#ranks = ranks;
    this.#codes = codes;
    this.#position = position;
    this.#out = out;
  }

  start(from: number, to: number): void {
    this.#ranks.start(from, to);
    this.#values.clear();
    this.#size = this.#cursor = this.#below = 0;
  }

  add(row: number): void {
    this.#add(row, 1);
  }

  remove(row: number): void {
    const rank = this.#ranks.ranks[row] as number;
    if (rank < 0) return;
    this.#values.remove(rank);
    this.#size--;
    if (rank < this.#cursor) this.#below--;
  }

  finish(): void {
    if (this.#size === 0) return this.#out.push(Number.NaN);
    const values = this.#values;
    const { ranks } = values;
    const position = this.#position(this.#size);
    let cursor = this.#cursor;
    let below = this.#below;
    while (below >= position) {
      cursor = ranks.before(cursor);
      below -= values.count(cursor);
    }
    for (let here = values.count(cursor); below + here < position; here = values.count(cursor)) {
      below += here;
      cursor = ranks.after(cursor);
    }
    this.#cursor = cursor;
    this.#below = below;
    this.#out.push(this.#codes[values.row(cursor)] as number);
  }

  summary(): Summary {
    return this.#values.summary();
  }

  merge(from: number, to: number, numbers: ArrayLike<number>, first: number = 0): void {
    for (let row = from; row < to; row++) this.#add(row, numbers[first + row - from] as number);
  }

  #add(row: number, times: number): void {
    const rank = this.#ranks.ranks[row] as number;
    if (rank < 0) return;
    this.#values.add(rank, row, times);
    this.#size += times;
    if (rank < this.#cursor) this.#below += times;
  }
}
