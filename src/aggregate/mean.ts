// mean(x): the exact sum divided by the number of values, rounded once: never below the least value nor above the greatest.
import { Cells } from "./cells.ts";
import { ExactSum } from "./exact-sum.ts";
import { meanOfWholes } from "./decimals.ts";
import { roundRatio } from "./rounding.ts";
import { WideSum } from "./wide-sum.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Aggregate, Returns, Scale } from "../define/aggregate.ts";
import type { Input } from "./input.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The exact sum divided by the number of values, rounded once. May differ from sum / count in the last bit. */
    mean<V extends number | bigint | null>(value: (row: R) => V, options?: Returns<NoInfer<V>> & Scale): Aggregate<R, number | null>;
  }
}

export const mean: Aggregation = {
  form: { value: "required", options: ["type", "scale"] },
  accepts: ["float64", "int64"],
  result: () => "float64",
  empty: null,
  ordered: false,
  accumulate: ({ value, parameters: { scale }, live, length }) => {
    const cells = new Cells(length);
    const input = value as Input;
    const ofDoubles = (exact: ExactSum): void =>
      cells.push(exact.count === 0 ? Number.NaN : scale === undefined ? exact.over(exact.count) : meanOfWholes(exact, scale));
    const ofInt64 = (exact: WideSum): void => cells.push(exact.count === 0 ? Number.NaN : roundRatio(exact.sum(), BigInt(exact.count), 0));
    return {
      make: () => (input.kind === "int64" ? new WideSum(input, ofInt64) : new ExactSum(input.split(scale ?? null), live, ofDoubles)),
      output: () => cells.output("float64"),
    };
  },
};
