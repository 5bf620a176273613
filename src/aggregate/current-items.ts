// currentItems(item, { add }): the items in a set that rows add to and remove from, in the order in which they were added.
import { ANY_KIND, type Accumulator, type Aggregation, type Summary } from "./aggregate.ts";
import { Collections } from "./cells.ts";
import { OrderedRows } from "./ordered-rows.ts";
import { PlacedValues, type RowsOfValue } from "./placed-values.ts";
import type { Aggregate, Limit, Present, Returns } from "../define/aggregate.ts";
import type { ColumnKind, Value } from "../schema/value-type.ts";
import type { Input } from "./input.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /**
     * The items in a set that rows add to (`add` is true) and remove from (false), in the order in which they were added. Adding
     * what is there, or removing what is not, changes nothing; a row without item or `add` is skipped. The limit is on the
     * different items that the window's rows name, removed or not.
     */
    currentItems<V extends Value>(
      item: (row: R) => V,
      options: Returns<NoInfer<V>> & Limit & { readonly add: (row: R) => boolean | null },
    ): Aggregate<R, readonly Present<V>[]>;
  }
}

export const currentItems: Aggregation = {
  form: { value: "required", options: ["type", "limit", "add"] },
  accepts: ANY_KIND,
  result: (input) => ({ list: input as ColumnKind }),
  empty: [],
  ordered: true,
  accumulate: ({ value, add, length, live, parameters }) => {
    const { codes, decode } = (value as Input).identity();
    const adds = (add as Input).identity().codes;
    const lists = new Collections(length);
    const limits = { limit: parameters.limit as number, live };
    return { make: () => new CurrentItems(codes, adds, limits, lists), output: () => lists.lists(decode) };
  },
};

/** The rows of one item. It is in the set if it was added after it was last removed, by the first row that did so. */
class Item implements RowsOfValue {
  readonly #adds = new OrderedRows();
  readonly #removals = new OrderedRows();
  readonly #adding: Float64Array;
  #place = -1;

  constructor(adding: Float64Array) {
    this.#adding = adding;
  }

  get isEmpty(): boolean {
    return this.#adds.size === 0 && this.#removals.size === 0;
  }

  get place(): number {
    return this.#place;
  }

  clear(): void {
    this.#adds.clear();
    this.#removals.clear();
    this.#place = -1;
  }

  add(row: number): void {
    this.#rowsLike(row).add(row);
    this.#settle();
  }

  remove(row: number): void {
    this.#rowsLike(row).remove(row);
    this.#settle();
  }

  /** The rows that tell all: its last removal, and the row that added it after that. */
  telling(): number[] {
    return [this.#lastRemoval, this.#place].filter((row) => row >= 0);
  }

  get #lastRemoval(): number {
    return this.#removals.size === 0 ? -1 : this.#removals.newest(0);
  }

  #rowsLike(row: number): OrderedRows {
    return this.#adding[row] === 1 ? this.#adds : this.#removals;
  }

  #settle(): void {
    this.#place = this.#adds.after(this.#lastRemoval);
  }
}

class CurrentItems implements Accumulator {
  readonly #codes: Float64Array;
  readonly #adding: Float64Array;
  readonly #limit: number;
  /** Beyond so many items nothing is kept of others: what is live loses no row, so it stays beyond the limit. */
  readonly #most: number;
  readonly #out: Collections;
  readonly #items: PlacedValues<Item>;

  constructor(codes: Float64Array, adding: Float64Array, { limit, live }: { readonly limit: number; readonly live: boolean }, out: Collections) {
    this.#codes = codes;
    this.#adding = adding;
    this.#limit = limit;
    this.#most = live ? limit : Infinity;
    this.#out = out;
    this.#items = new PlacedValues(() => new Item(adding));
  }

  start(): void {
    this.#items.clear();
  }

  add(row: number): void {
    const code = this.#codes[row] as number;
    if (code === code && this.#hasAdd(row) && this.#items.size <= this.#most) this.#items.add(code, row);
  }

  remove(row: number): void {
    const code = this.#codes[row] as number;
    if (code === code && this.#hasAdd(row)) this.#items.remove(code, row);
  }

  finish(): void {
    if (this.#items.size > this.#limit) return this.#out.fail();
    const { places } = this.#items;
    const { size } = places;
    for (let i = 0; i < size; i++) this.#out.items.push(this.#codes[places.oldest(i)] as number);
    this.#out.close();
  }

  summary(): Summary {
    const rows = [...this.#items.all()].flatMap((item) => item.telling());
    return { rows: rows.sort((a, b) => a - b), numbers: [] };
  }

  merge(from: number, to: number): void {
    for (let row = from; row < to; row++) this.add(row);
  }

  #hasAdd(row: number): boolean {
    const add = this.#adding[row] as number;
    return add === add;
  }
}
