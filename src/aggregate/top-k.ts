// topK(x, k): the most frequent values, the most frequent first, of equally frequent ones the least.
import { ANY_KIND, type Accumulator, type Aggregation, type Summary } from "./aggregate.ts";
import { Collections } from "./cells.ts";
import { Leaders } from "./leaders.ts";
import type { Aggregate, Limit, Present, Returns } from "../define/aggregate.ts";
import type { ColumnKind, Value } from "../schema/value-type.ts";
import type { Input } from "./input.ts";
import type { LocalRanks } from "./local-ranks.ts";
import type { Parameters } from "../define/aggregate-call.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The `k` most frequent values, the most frequent first, of equally frequent ones the least. */
    topK<V extends Value>(value: (row: R) => V, k: number, options?: Returns<NoInfer<V>> & Limit): Aggregate<R, readonly Present<V>[]>;
  }
}

export const topK: Aggregation = {
  form: { value: "required", number: "n", options: ["type", "limit"] },
  accepts: ANY_KIND,
  result: (input) => ({ list: input as ColumnKind }),
  empty: [],
  ordered: false,
  accumulate: ({ value, by, parameters, length }) => {
    const input = value as Input;
    const { codes, decode } = input.ranked();
    const lists = new Collections(length);
    return { make: () => new TopK(input.ranks(by), codes, parameters, lists), output: () => lists.lists(decode) };
  },
};

class TopK implements Accumulator {
  readonly #ranks: LocalRanks;
  readonly #codes: Float64Array;
  readonly #limit: number;
  readonly #out: Collections;
  readonly #leaders: Leaders;

  constructor(ranks: LocalRanks, codes: Float64Array, { n, limit }: Parameters, out: Collections) {
    this.#ranks = ranks;
    this.#codes = codes;
    this.#limit = limit as number;
    this.#out = out;
    this.#leaders = new Leaders(n as number);
  }

  start(from: number, to: number): void {
    this.#ranks.start(from, to);
    this.#leaders.clear();
  }

  add(row: number): void {
    const rank = this.#ranks.ranks[row] as number;
    if (rank >= 0) this.#leaders.add(rank, row);
  }

  remove(row: number): void {
    const rank = this.#ranks.ranks[row] as number;
    if (rank >= 0) this.#leaders.remove(rank);
  }

  finish(): void {
    const { values } = this.#leaders;
    if (values.distinct > this.#limit) return this.#out.fail();
    const { size } = this.#leaders;
    for (let i = 0; i < size; i++) this.#out.items.push(this.#codes[values.row(this.#leaders.leader(i))] as number);
    this.#out.close();
  }

  /** One value beyond the limit tells as much as many: nothing is ever taken away. */
  summary(): Summary {
    return this.#leaders.values.summary(this.#limit + 1);
  }

  merge(from: number, to: number, numbers: ArrayLike<number>, first: number = 0): void {
    for (let row = from; row < to; row++) {
      const rank = this.#ranks.ranks[row] as number;
      if (rank >= 0) this.#leaders.add(rank, row, numbers[first + row - from]);
    }
  }
}
