// sum(x): the exact sum of the values, rounded once; of int64 a whole number of 128 bits.
import { Cells } from "./cells.ts";
import { ExactSum } from "./exact-sum.ts";
import { unitsOf } from "./decimals.ts";
import { WideSum } from "./wide-sum.ts";
import type { Aggregation, Running } from "./aggregate.ts";
import type { Decayable, Present, Returns, Scale } from "../define/aggregate.ts";
import type { Input } from "./input.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The exact sum, rounded once; 128 bits for int64. */
    sum<V extends number | bigint | null>(value: (row: R) => V, options?: Returns<NoInfer<V>> & Scale): Decayable<R, Present<V> | null, number | null>;
  }
}

export const sum: Aggregation = {
  form: { value: "required", options: ["type", "scale"] },
  accepts: ["float64", "int64"],
  result: (input) => (input === "int64" ? "int128" : "float64"),
  empty: null,
  ordered: false,
  accumulate: ({ value, parameters: { scale }, live, length }) => {
    const input = value as Input;
    if (input.kind === "int64") return ofInt64(input);
    const cells = new Cells(length);
    const units = unitsOf(scale ?? 0);
    const write = (exact: ExactSum): void => cells.pushFinite(exact.count === 0 ? Number.NaN : exact.over(units));
    return { make: () => new ExactSum(input.split(scale ?? null), live, write), output: () => cells.output("float64") };
  },
};

function ofInt64(input: Input): Running {
  const sums: (bigint | null)[] = [];
  const write = (exact: WideSum): void => void sums.push(exact.count === 0 ? null : exact.sum());
  return { make: () => new WideSum(input, write), output: () => ({ vector: { kind: "int128", sums }, failed: new Uint8Array(sums.length) }) };
}
