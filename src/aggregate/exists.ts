// exists(): whether there is a row, or one for which `where` is true.
import { Cells } from "./cells.ts";
import type { Accumulator, Aggregation, Summary } from "./aggregate.ts";
import type { Aggregate } from "../define/aggregate.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** Whether there is a row, or one for which `where` is true; false over nothing. */
    exists(where?: (row: R) => boolean | null): Aggregate<R, boolean>;
  }
}

export const exists: Aggregation = {
  form: { value: "optional", options: [] },
  accepts: ["boolean"],
  result: () => "boolean",
  empty: false,
  ordered: false,
  accumulate: ({ value, length }) => {
    const codes = value?.identity().codes ?? null;
    const cells = new Cells(length);
    return { make: () => new Exists(codes, cells), output: () => cells.output("boolean") };
  },
};

class Exists implements Accumulator {
  readonly #where: Float64Array | null;
  readonly #out: Cells;
  #rows = 0;
  constructor(where: Float64Array | null, out: Cells) {
    this.#where = where;
    this.#out = out;
  }
  start(): void {
    this.#rows = 0;
  }
  add(row: number): void {
    if (this.#where === null || this.#where[row] === 1) this.#rows++;
  }
  remove(row: number): void {
    if (this.#where === null || this.#where[row] === 1) this.#rows--;
  }
  finish(): void {
    this.#out.push(this.#rows > 0 ? 1 : 0);
  }
  /** One row says it for all: nothing is removed after a merge. */
  summary(): Summary {
    return { rows: [], numbers: [this.#rows > 0 ? 1 : 0] };
  }
  merge(_from: number, _to: number, numbers: ArrayLike<number>, first: number = 0): void {
    this.#rows += numbers[first] as number;
  }
}
