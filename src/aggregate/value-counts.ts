// valueCounts(x): how often each value occurs, as a map in order of the values.
import { Cells, Collections } from "./cells.ts";
import { MAP_KEYS } from "../schema/vector.ts";
import { OverValues } from "./over-values.ts";
import type { Aggregation, Summary } from "./aggregate.ts";
import type { Aggregate, Limit, MapKey, Present, Returns } from "../define/aggregate.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { Input } from "./input.ts";
import type { LocalRanks } from "./local-ranks.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** How often each value occurs, as a map in order of the values. */
    valueCounts<V extends MapKey | null>(value: (row: R) => V, options?: Returns<NoInfer<V>> & Limit): Aggregate<R, ReadonlyMap<Present<V>, number>>;
  }
}

export const valueCounts: Aggregation = {
  form: { value: "required", options: ["type", "limit"] },
  accepts: MAP_KEYS,
  result: (input) => ({ map: input as ColumnKind, of: "int32" }),
  empty: new Map(),
  ordered: false,
  accumulate: ({ value, by, parameters, length }) => {
    const input = value as Input;
    const { codes, decode } = input.ranked();
    const out = { maps: new Collections(length), counts: new Cells(length) };
    return {
      make: () => new ValueCounts(input.ranks(by), codes, parameters.limit as number, out),
      output: () => out.maps.maps(decode, out.counts.output("int32")),
    };
  },
};

class ValueCounts extends OverValues {
  readonly #codes: Float64Array;
  readonly #limit: number;
  readonly #maps: Collections;
  readonly #counts: Cells;

  constructor(ranks: LocalRanks, codes: Float64Array, limit: number, out: { readonly maps: Collections; readonly counts: Cells }) {
    super(ranks);
    this.#codes = codes;
    this.#limit = limit;
    this.#maps = out.maps;
    this.#counts = out.counts;
  }

  override finish(): void {
    const { values } = this;
    if (values.distinct > this.#limit) return this.#maps.fail();
    const { ranks } = values;
    for (let rank = ranks.first; rank >= 0; rank = ranks.after(rank)) {
      this.#maps.items.push(this.#codes[values.row(rank)] as number);
      this.#counts.push(values.count(rank));
    }
    this.#maps.close();
  }

  /** One value beyond the limit tells as much as many: nothing is ever taken away. */
  override summary(): Summary {
    return this.values.summary(this.#limit + 1);
  }
}
