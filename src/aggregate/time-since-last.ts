// timeSinceLast(): seconds between the newest row, or the newest for which `where` is true, and T.
import { Cells } from "./cells.ts";
import { rowAt } from "./end-rows.ts";
import { roundRatio } from "./rounding.ts";
import type { Aggregate } from "../define/aggregate.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Micros } from "../time.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** Seconds between the newest row, or the newest for which `where` is true, and T. */
    timeSinceLast(where?: (row: R) => boolean | null): Aggregate<R, number | null>;
  }
}

export const timeSinceLast: Aggregation = {
  form: { value: "optional", options: [] },
  accepts: ["boolean"],
  result: () => "float64",
  empty: null,
  ordered: false,
  accumulate: (material) => {
    const { value, eventTime, length } = material;
    const counts = value === null ? eventTime : value.truths();
    const cells = new Cells(length);
    const write = (row: number, at: Micros): void => cells.push(row < 0 ? Number.NaN : seconds(eventTime[row] as number, at));
    return { make: () => rowAt("newest", counts, material, write), output: () => cells.output("float64") };
  },
};

const MICROS_PER_SECOND = 1_000_000;

/** Rounded once: the difference of two times can be too long for a double, if it is more than 285 years. */
function seconds(from: Micros, to: Micros): number {
  const micros = to - from;
  if (Number.isSafeInteger(micros)) return micros / MICROS_PER_SECOND;
  return roundRatio(BigInt(to) - BigInt(from), BigInt(MICROS_PER_SECOND), 0);
}
