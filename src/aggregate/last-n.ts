// lastN(x, n): the values of the n newest rows that have one, newest first.
import { valuesAt } from "./end-rows.ts";
import type { Aggregate, Present, Returns } from "../define/aggregate.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Value } from "../schema/value-type.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The values of the `n` newest rows that have one, newest first. */
    lastN<V extends Value>(value: (row: R) => V, n: number, options?: Returns<NoInfer<V>>): Aggregate<R, readonly Present<V>[]>;
  }
}

export const lastN: Aggregation = valuesAt("newest");
