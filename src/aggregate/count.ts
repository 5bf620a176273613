// count(): how many rows, nulls and all.
import { Cells } from "./cells.ts";
import type { Accumulator, Aggregation, Summary } from "./aggregate.ts";
import type { Decayable } from "../define/aggregate.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** How many rows; 0 over nothing. */
    count(): Decayable<R, number, number>;
  }
}

export const count: Aggregation = {
  form: { value: "none", options: [] },
  accepts: [],
  result: () => "int32",
  empty: 0,
  ordered: false,
  accumulate: ({ length }) => {
    const cells = new Cells(length);
    return { make: () => new Count(cells), output: () => cells.output("int32") };
  },
};

class Count implements Accumulator {
  readonly #out: Cells;
  #rows = 0;
  constructor(out: Cells) {
    this.#out = out;
  }
  start(): void {
    this.#rows = 0;
  }
  add(): void {
    this.#rows++;
  }
  remove(): void {
    this.#rows--;
  }
  finish(): void {
    this.#out.push(this.#rows);
  }
  summary(): Summary {
    return { rows: [], numbers: [this.#rows] };
  }
  merge(_from: number, _to: number, numbers: ArrayLike<number>, first: number = 0): void {
    this.#rows += numbers[first] as number;
  }
}
