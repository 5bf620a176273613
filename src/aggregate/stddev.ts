// stddev(x): the square root of the sample variance.
import { spread } from "./spread.ts";
import type { Aggregate, Returns } from "../define/aggregate.ts";
import type { Aggregation } from "./aggregate.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The square root of the sample variance. */
    stddev<V extends number | bigint | null>(value: (row: R) => V, options?: Returns<NoInfer<V>>): Aggregate<R, number | null>;
  }
}

export const stddev: Aggregation = spread(Math.sqrt);
