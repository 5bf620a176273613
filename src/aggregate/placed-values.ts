// Values that stand in a list, each at the place of one of its rows, which moves as rows of the value come and leave.
import { OrderedRows } from "./ordered-rows.ts";

/** The rows of one value that are in. */
export interface RowsOfValue {
  readonly isEmpty: boolean;
  /** The row at which the value stands; -1 if it does not stand in the list. */
  readonly place: number;
  clear(): void;
  add(row: number): void;
  remove(row: number): void;
}

/** The values that have a row in, by their codes, and the places of those that stand in the list. */
export class PlacedValues<V extends RowsOfValue> {
  readonly places: OrderedRows = new OrderedRows();
  readonly #make: () => V;
  readonly #values = new Map<number, V>();
  /** Values whose rows have all left, to be used again. */
  readonly #idle: V[] = [];

  constructor(make: () => V) {
    this.#make = make;
  }

  /** How many different values have a row in. */
  get size(): number {
    return this.#values.size;
  }

  /** The values that have a row in, in no order. */
  all(): Iterable<V> {
    return this.#values.values();
  }

  clear(): void {
    this.places.clear();
    for (const value of this.#values.values()) this.#idle.push(value);
    this.#values.clear();
  }

  add(code: number, row: number): void {
    const value = this.#values.get(code) ?? this.#begin(code);
    const before = value.place;
    value.add(row);
    this.#move(before, value.place);
  }

  /** Takes out a row that is in. */
  remove(code: number, row: number): void {
    const value = this.#values.get(code) as V;
    const before = value.place;
    value.remove(row);
    this.#move(before, value.place);
    if (!value.isEmpty) return;
    this.#values.delete(code);
    this.#idle.push(value);
  }

  #begin(code: number): V {
    const value = this.#idle.pop() ?? this.#make();
    value.clear();
    this.#values.set(code, value);
    return value;
  }

  #move(before: number, after: number): void {
    if (before === after) return;
    if (before >= 0) this.places.remove(before);
    if (after >= 0) this.places.add(after);
  }
}
