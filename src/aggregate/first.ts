// first(x): the value of the oldest row that has one, by the source's total order.
import { valueAt } from "./end-rows.ts";
import type { Aggregate, Present, Returns } from "../define/aggregate.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Value } from "../schema/value-type.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The value of the oldest row that has one, by the source's total order. */
    first<V extends Value>(value: (row: R) => V, options?: Returns<NoInfer<V>>): Aggregate<R, Present<V> | null>;
  }
}

export const first: Aggregation = valueAt("oldest");
