// min(x): the least value in the window.
import { extreme } from "./extreme.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Aggregate, Present, Returns } from "../define/aggregate.ts";
import type { Value } from "../schema/value-type.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The least value; text by its UTF-8 bytes. */
    min<V extends Value>(value: (row: R) => V, options?: Returns<NoInfer<V>>): Aggregate<R, Present<V> | null>;
  }
}

export const min: Aggregation = extreme(1);
