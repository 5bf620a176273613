// count().decayed(h): the number of rows, each half as much for every half-life since it happened.
import { Cells } from "./cells.ts";
import { DecayedSum } from "./decayed.ts";
import type { Aggregation } from "./aggregate.ts";

export const decayedCount: Aggregation = {
  form: null,
  accepts: [],
  result: () => "float64",
  empty: 0,
  ordered: false,
  accumulate: (material) => {
    const cells = new Cells(material.length);
    return { make: () => new DecayedSum(null, material, cells, 0), output: () => cells.output("float64") };
  },
};
