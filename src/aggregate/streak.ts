// streak(where): how many of the newest rows in a row have `where` true.
import { Cells } from "./cells.ts";
import { OrderedRows } from "./ordered-rows.ts";
import type { Accumulator, Aggregation, Summary } from "./aggregate.ts";
import type { Aggregate } from "../define/aggregate.ts";
import type { Input } from "./input.ts";

declare module "../define/aggregate.ts" {
  interface Aggregates<R> {
    /** How many of the newest rows, one after another, have `where` true, up to the newest for which it is false; 0 over nothing. */
    streak(where: (row: R) => boolean | null): Aggregate<R, number>;
  }
}

export const streak: Aggregation = {
  form: { value: "required", options: [] },
  accepts: ["boolean"],
  result: () => "int32",
  empty: 0,
  ordered: true,
  accumulate: ({ value, live, length }) => {
    const { codes } = (value as Input).identity();
    const cells = new Cells(length);
    const Streak = live ? StreakOfAscending : StreakOfAny;
    return { make: () => new Streak(codes, cells), output: () => cells.output("int32") };
  },
};

/** Keeps how many rows are in the streak. Codes are 1 for true, 0 for false and NaN for null, which is skipped. */
abstract class Streak implements Accumulator {
  protected readonly where: Float64Array;
  protected length = 0;
  /** Whether a row for which it is false is in. */
  protected isBroken = false;
  readonly #out: Cells;

  constructor(where: Float64Array, out: Cells) {
    this.where = where;
    this.#out = out;
  }

  start(): void {
    this.length = 0;
    this.isBroken = false;
  }

  abstract add(row: number): void;
  abstract remove(row: number): void;

  finish(): void {
    this.#out.push(this.length);
  }

  /** No row has to be kept: what comes later is newer. */
  summary(): Summary {
    return { rows: [], numbers: [this.length, Number(this.isBroken)] };
  }

  merge(_from: number, _to: number, numbers: ArrayLike<number>, first: number = 0): void {
    const isBroken = numbers[first + 1] === 1;
    this.length = (isBroken ? 0 : this.length) + (numbers[first] as number);
    if (isBroken) this.isBroken = true;
  }
}

/** Where rows come in ascending and none leaves. */
class StreakOfAscending extends Streak {
  override add(row: number): void {
    if (this.where[row] === 1) this.length++;
    if (this.where[row] !== 0) return;
    this.length = 0;
    this.isBroken = true;
  }
  override remove(): void {}
}

/** Where rows come late and leave: all are kept, since with the row that broke a streak the one before it goes on. */
class StreakOfAny extends Streak {
  readonly #true = new OrderedRows();
  readonly #false = new OrderedRows();

  override start(): void {
    super.start();
    this.#true.clear();
    this.#false.clear();
  }

  override add(row: number): void {
    const broken = this.#broken;
    if (this.where[row] === 1) this.#true.add(row);
    else if (this.where[row] === 0) this.#false.add(row);
    else return;
    if (row > broken) this.length = this.where[row] === 1 ? this.length + 1 : this.#trueAfter(row, this.length);
  }

  override remove(row: number): void {
    const broken = this.#broken;
    if (this.where[row] === 1) this.#true.remove(row);
    else if (this.where[row] === 0) this.#false.remove(row);
    else return;
    if (row < broken) return;
    this.length = this.where[row] === 1 ? this.length - 1 : this.#trueAfter(this.#broken, this.#true.size);
  }

  /** The newest row for which it is false; -1 if none is. */
  get #broken(): number {
    return this.#false.size === 0 ? -1 : this.#false.newest(0);
  }

  /** How many rows are newer than `row` of those for which it is true, of which at most `most` are. */
  #trueAfter(row: number, most: number): number {
    let count = 0;
    while (count < most && this.#true.newest(count) > row) count++;
    return count;
  }
}
