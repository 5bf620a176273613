// variance and stddev: a number made of the exact sums of values and of their squares.
import { Cells } from "./cells.ts";
import { ExactSquares, halved } from "./exact-squares.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Input } from "./input.ts";

/** `value` of the variance is what is written: null if it is NaN, failed if it is infinite. */
export function spread(value: (variance: number) => number): Aggregation {
  return {
    form: { value: "required", options: ["type"] },
    accepts: ["float64", "int64"],
    result: () => "float64",
    empty: null,
    ordered: false,
    accumulate: ({ value: input, length }) => {
      const cells = new Cells(length);
      const values = halved((input as Input).column);
      const write = (squares: ExactSquares): void => cells.pushFinite(value(squares.variance()));
      return { make: () => new ExactSquares(values, write), output: () => cells.output("float64") };
    },
  };
}
