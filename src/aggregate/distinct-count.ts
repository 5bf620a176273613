// distinctCount(x): how many different values there are.
import { ANY_KIND, type Aggregation, type Summary } from "./aggregate.ts";
import { Cells } from "./cells.ts";
import { OverValues } from "./over-values.ts";
import type { Aggregate, Limit, Returns } from "../define/aggregate.ts";
import type { Input } from "./input.ts";
import type { LocalRanks } from "./local-ranks.ts";
import type { Value } from "../schema/value-type.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** How many different values there are. */
    distinctCount<V extends Value>(value: (row: R) => V, options?: Returns<NoInfer<V>> & Limit): Aggregate<R, number>;
  }
}

export const distinctCount: Aggregation = {
  form: { value: "required", options: ["type", "limit"] },
  accepts: ANY_KIND,
  result: () => "int32",
  empty: 0,
  ordered: false,
  trails: true,
  accumulate: ({ value, by, parameters, length }) => {
    const cells = new Cells(length);
    return { make: () => new DistinctCount((value as Input).numbered(by), parameters.limit as number, cells), output: () => cells.output("int32") };
  },
};

class DistinctCount extends OverValues {
  readonly #limit: number;
  readonly #out: Cells;

  constructor(ranks: LocalRanks, limit: number, out: Cells) {
    super(ranks);
    this.#limit = limit;
    this.#out = out;
  }

  override finish(): void {
    const { distinct } = this.values;
    if (distinct > this.#limit) this.#out.fail();
    else this.#out.push(distinct);
  }

  /** The newest row of each value. One value beyond the limit tells as much as many, from any moment on: nothing is ever taken away. */
  override summary(): Summary {
    return { rows: this.values.summary(this.#limit + 1).rows, numbers: [] };
  }
}
