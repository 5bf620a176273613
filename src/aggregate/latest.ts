// latest(x): what the last row of an entity source says, null included; nothing where that row deletes the entity.
import { ANY_KIND, type Accumulator, type Aggregation, type Summary } from "./aggregate.ts";
import { Cells } from "./cells.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { Input } from "./input.ts";

export const latest: Aggregation = {
  form: { value: "required", options: ["type"], ofEntity: true },
  accepts: ANY_KIND,
  result: (input) => input as ColumnKind,
  empty: null,
  ordered: true,
  accumulate: ({ value, add, length }) => {
    const { codes, decode } = (value as Input).identity();
    const cells = new Cells(length);
    return { make: () => new Latest(add === null ? codes : present(codes, add.identity().codes), cells), output: () => cells.decoded(decode) };
  },
};

/** The codes, null in rows that delete their entity. */
function present(codes: Float64Array, deletes: Float64Array): Float64Array {
  return codes.map((code, row) => (deletes[row] === 1 ? Number.NaN : code));
}

/** Rows of an entity source come in and never leave: a lifetime has no end, and nothing is retracted. */
class Latest implements Accumulator {
  readonly #codes: Float64Array;
  readonly #out: Cells;
  #newest = -1;
  constructor(codes: Float64Array, out: Cells) {
    this.#codes = codes;
    this.#out = out;
  }
  start(): void {
    this.#newest = -1;
  }
  add(row: number): void {
    if (row > this.#newest) this.#newest = row;
  }
  remove(row: number): void {
    if (row === this.#newest) this.#newest = -1;
  }
  finish(): void {
    this.#out.push(this.#newest < 0 ? Number.NaN : (this.#codes[this.#newest] as number));
  }
  summary(): Summary {
    return { rows: this.#newest < 0 ? [] : [this.#newest], numbers: [] };
  }
  merge(from: number, to: number): void {
    for (let row = from; row < to; row++) this.add(row);
  }
}
