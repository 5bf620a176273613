// variance(x): the sample variance, from exact sums, rounded once.
import { spread } from "./spread.ts";
import type { Aggregate, Returns } from "../define/aggregate.ts";
import type { Aggregation } from "./aggregate.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The sample variance, from exact sums, rounded once; null of fewer than two values. */
    variance<V extends number | bigint | null>(value: (row: R) => V, options?: Returns<NoInfer<V>>): Aggregate<R, number | null>;
  }
}

export const variance: Aggregation = spread((x) => x);
