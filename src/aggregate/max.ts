// max(x): the greatest value in the window.
import { extreme } from "./extreme.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Aggregate, Present, Returns } from "../define/aggregate.ts";
import type { Value } from "../schema/value-type.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The greatest value; text by its UTF-8 bytes. */
    max<V extends Value>(value: (row: R) => V, options?: Returns<NoInfer<V>>): Aggregate<R, Present<V> | null>;
  }
}

export const max: Aggregation = extreme(-1);
