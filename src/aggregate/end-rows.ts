// first, last, firstN and lastN: values of the rows at one end of those that are in and have one.
import { ANY_KIND, type Accumulator, type Aggregation, type Material, type Summary } from "./aggregate.ts";
import { Cells, Collections } from "./cells.ts";
import { OrderedRows } from "./ordered-rows.ts";
import type { ColumnKind } from "../schema/value-type.ts";
import type { Input } from "./input.ts";
import type { Micros } from "../time.ts";

/** The end of the source's order at which rows are looked for. */
export type End = "oldest" | "newest";

/** The value of the row at one end. */
export function valueAt(end: End): Aggregation {
  return {
    form: { value: "required", options: ["type"] },
    accepts: ANY_KIND,
    result: (input) => input as ColumnKind,
    empty: null,
    ordered: true,
    accumulate: (material) => {
      const { codes, decode } = (material.value as Input).identity();
      const cells = new Cells(material.length);
      const write: WriteRow = (row) => cells.push(row < 0 ? Number.NaN : (codes[row] as number));
      return { make: () => rowAt(end, codes, material, write), output: () => cells.decoded(decode) };
    },
  };
}

/** The values of the `n` rows at one end, beginning there. */
export function valuesAt(end: End): Aggregation {
  return {
    form: { value: "required", number: "n", options: ["type"] },
    accepts: ANY_KIND,
    result: (input) => ({ list: input as ColumnKind }),
    empty: [],
    ordered: true,
    accumulate: (material) => {
      const { codes, decode } = (material.value as Input).identity();
      const lists = new Collections(material.length);
      const n = material.parameters.n as number;
      return { make: () => new ListAt(end, n, codes, material, lists), output: () => lists.lists(decode) };
    },
  };
}

/** Appends the value of a row to an output; of no row where it is -1. */
export type WriteRow = (row: number, at: Micros) => void;

/** Writes the row at one end of those that are in and whose code is not NaN. */
export function rowAt(end: End, codes: Float64Array, material: Pick<Material, "retracts" | "live">, write: WriteRow): Accumulator {
  return end === "newest" && leaveInOrder(material) ? new NewestRow(codes, write) : new RowAt(end, codes, material, write);
}

/** Whether rows leave in order, if at all. */
export function leaveInOrder({ retracts, live }: Pick<Material, "retracts" | "live">): boolean {
  return live || !retracts;
}

/** When the newest row leaves in order, every row before it has left, and never comes in again. */
class NewestRow implements Accumulator {
  readonly #codes: Float64Array;
  readonly #write: WriteRow;
  #newest = -1;
  constructor(codes: Float64Array, write: WriteRow) {
    this.#codes = codes;
    this.#write = write;
  }
  start(): void {
    this.#newest = -1;
  }
  add(row: number): void {
    const x = this.#codes[row] as number;
    if (x === x && row > this.#newest) this.#newest = row;
  }
  remove(row: number): void {
    if (row === this.#newest) this.#newest = -1;
  }
  finish(at: Micros): void {
    this.#write(this.#newest, at);
  }
  summary(): Summary {
    return { rows: this.#newest < 0 ? [] : [this.#newest], numbers: [] };
  }
  merge(from: number, to: number): void {
    for (let row = from; row < to; row++) this.add(row);
  }
}

/**
 * The `n` rows at one end. A row that has `n` beyond it, at the end that counts, is let go where it can never count again:
 * where those leave after it, or nothing leaves at all.
 */
abstract class EndRows implements Accumulator {
  protected readonly codes: Float64Array;
  readonly #fromOldest: boolean;
  readonly #n: number;
  /** How many rows are kept. */
  readonly #most: number;
  readonly #rows = new OrderedRows();

  constructor(end: End, n: number, codes: Float64Array, material: Pick<Material, "retracts" | "live">) {
    this.codes = codes;
    this.#fromOldest = end === "oldest";
    this.#n = n;
    this.#most = material.live || (end === "newest" && leaveInOrder(material)) ? n : Infinity;
  }

  start(): void {
    this.#rows.clear();
  }

  add(row: number): void {
    const x = this.codes[row] as number;
    if (x !== x) return;
    const rows = this.#rows;
    rows.add(row);
    if (rows.size <= this.#most) return;
    if (this.#fromOldest) rows.dropNewest();
    else rows.dropOldest();
  }

  remove(row: number): void {
    this.#rows.remove(row);
  }

  abstract finish(at: Micros): void;

  /** How many rows count. */
  protected get size(): number {
    return Math.min(this.#n, this.#rows.size);
  }

  /** The `i`th row from the end. */
  protected row(i: number): number {
    return this.#fromOldest ? this.#rows.oldest(i) : this.#rows.newest(i);
  }

  summary(): Summary {
    const rows = Array.from({ length: this.size }, (_, i) => this.row(i));
    return { rows: this.#fromOldest ? rows : rows.reverse(), numbers: [] };
  }

  merge(from: number, to: number): void {
    for (let row = from; row < to; row++) this.add(row);
  }
}

class RowAt extends EndRows {
  readonly #write: WriteRow;
  constructor(end: End, codes: Float64Array, material: Pick<Material, "retracts" | "live">, write: WriteRow) {
    super(end, 1, codes, material);
    this.#write = write;
  }
  override finish(at: Micros): void {
    this.#write(this.size === 0 ? -1 : this.row(0), at);
  }
}

class ListAt extends EndRows {
  readonly #out: Collections;
  constructor(end: End, n: number, codes: Float64Array, material: Pick<Material, "retracts" | "live">, out: Collections) {
    super(end, n, codes, material);
    this.#out = out;
  }
  override finish(): void {
    const { size } = this;
    for (let i = 0; i < size; i++) this.#out.items.push(this.codes[this.row(i)] as number);
    this.#out.close();
  }
}
