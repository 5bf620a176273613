// sum(x).decayed(h): the sum of the values, each half as much for every half-life since it happened.
import { Cells } from "./cells.ts";
import { DecayedSum } from "./decayed.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Input } from "./input.ts";

export const decayedSum: Aggregation = {
  form: null,
  accepts: ["float64"],
  result: () => "float64",
  empty: null,
  ordered: false,
  accumulate: (material) => {
    const { codes } = (material.value as Input).identity();
    const cells = new Cells(material.length);
    return { make: () => new DecayedSum(codes, material, cells, Number.NaN), output: () => cells.output("float64") };
  },
};
