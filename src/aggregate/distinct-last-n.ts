// distinctLastN(x, n): the n different values that occurred last, the newest first.
import { ANY_KIND, type Accumulator, type Aggregation, type Summary } from "./aggregate.ts";
import { Collections } from "./cells.ts";
import { leaveInOrder } from "./end-rows.ts";
import { OrderedRows } from "./ordered-rows.ts";
import { PlacedValues, type RowsOfValue } from "./placed-values.ts";
import type { Aggregate, Present, Returns } from "../define/aggregate.ts";
import type { ColumnKind, Value } from "../schema/value-type.ts";
import type { Input } from "./input.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** The `n` different values that occurred last, the newest first. */
    distinctLastN<V extends Value>(value: (row: R) => V, n: number, options?: Returns<NoInfer<V>>): Aggregate<R, readonly Present<V>[]>;
  }
}

export const distinctLastN: Aggregation = {
  form: { value: "required", number: "n", options: ["type"] },
  accepts: ANY_KIND,
  result: (input) => ({ list: input as ColumnKind }),
  empty: [],
  ordered: true,
  accumulate: (material) => {
    const { codes, decode } = (material.value as Input).identity();
    const lists = new Collections(material.length);
    const Distinct = leaveInOrder(material) ? DistinctInOrder : DistinctOfAny;
    const n = material.parameters.n as number;
    return { make: () => new Distinct(codes, n, lists), output: () => lists.lists(decode) };
  },
};

/** Values stand at the newest row of theirs that is in. */
abstract class Distinct implements Accumulator {
  protected readonly codes: Float64Array;
  protected readonly n: number;
  readonly #out: Collections;

  constructor(codes: Float64Array, n: number, out: Collections) {
    this.codes = codes;
    this.n = n;
    this.#out = out;
  }

  /** Where the values stand: of the last `n` at least. */
  protected abstract readonly places: OrderedRows;
  abstract start(): void;
  abstract add(row: number): void;
  abstract remove(row: number): void;

  finish(): void {
    const { codes, places } = this;
    const size = Math.min(this.n, places.size);
    for (let i = 0; i < size; i++) this.#out.items.push(codes[places.newest(i)] as number);
    this.#out.close();
  }

  summary(): Summary {
    const { places } = this;
    return { rows: Array.from({ length: Math.min(this.n, places.size) }, (_, i) => places.newest(i)).reverse(), numbers: [] };
  }

  merge(from: number, to: number): void {
    for (let row = from; row < to; row++) this.add(row);
  }
}

/**
 * Where rows leave in order, a value with `n` others beyond it never counts again unless it occurs again: its newest row leaves
 * before theirs. So `n` rows are kept, and of each value the newest.
 */
class DistinctInOrder extends Distinct {
  protected override readonly places = new OrderedRows();
  /** The row that is kept, by the code of its value. */
  readonly #newest = new Map<number, number>();

  override start(): void {
    this.places.clear();
    this.#newest.clear();
  }

  override add(row: number): void {
    const code = this.codes[row] as number;
    if (code !== code) return;
    const { places } = this;
    const newest = this.#newest.get(code);
    if (newest !== undefined) {
      if (newest > row) return;
      places.remove(newest);
    } else if (places.size === this.n) {
      if (row < places.oldest(0)) return;
      this.#newest.delete(this.codes[places.oldest(0)] as number);
      places.dropOldest();
    }
    places.add(row);
    this.#newest.set(code, row);
  }

  override remove(row: number): void {
    if (this.places.size === 0 || this.places.oldest(0) !== row) return;
    this.places.dropOldest();
    this.#newest.delete(this.codes[row] as number);
  }
}

class Occurrences implements RowsOfValue {
  readonly #rows = new OrderedRows();
  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }
  get place(): number {
    return this.isEmpty ? -1 : this.#rows.newest(0);
  }
  clear(): void {
    this.#rows.clear();
  }
  add(row: number): void {
    this.#rows.add(row);
  }
  remove(row: number): void {
    this.#rows.remove(row);
  }
}

/** Where any row may be retracted, the one of its value before it counts again: all are kept. */
class DistinctOfAny extends Distinct {
  readonly #values = new PlacedValues(() => new Occurrences());

  protected override get places(): OrderedRows {
    return this.#values.places;
  }

  override start(): void {
    this.#values.clear();
  }

  override add(row: number): void {
    const code = this.codes[row] as number;
    if (code === code) this.#values.add(code, row);
  }

  override remove(row: number): void {
    const code = this.codes[row] as number;
    if (code === code) this.#values.remove(code, row);
  }
}
