// The newest event time in a window, and whether the window holds a row at all.
import { OrderedRows } from "../aggregate/ordered-rows.ts";
import type { Sliding } from "../aggregate/aggregate.ts";

/** What is found of windows: moment by moment the newest event time, and 1 in `found` where there is a row. */
export interface Found {
  readonly newest: Float64Array;
  readonly found: Uint8Array;
}

/** Rows are in order of event time and leave in order, so the newest is the greatest row that is in. */
export class Newest implements Sliding {
  readonly #eventTime: Float64Array;
  readonly #out: Found;
  #moment = 0;
  readonly #deletes: Float64Array | null;
  protected top = -1;

  /** `deletes` is 1 for rows of an entity source that delete it: where one is the newest, nothing is there. */
  constructor(eventTime: Float64Array, out: Found, deletes: Float64Array | null) {
    this.#eventTime = eventTime;
    this.#out = out;
    this.#deletes = deletes;
  }

  start(): void {
    this.top = -1;
  }

  add(row: number): void {
    if (row > this.top) this.top = row;
  }

  remove(row: number): void {
    if (row === this.top) this.top = -1;
  }

  finish(): void {
    const moment = this.#moment++;
    if (this.top < 0 || this.#deletes?.[this.top] === 1) return;
    this.#out.newest[moment] = this.#eventTime[this.top] as number;
    this.#out.found[moment] = 1;
  }
}

/** Where the newest row may be retracted, the one before it counts again. */
export class NewestOfAny extends Newest {
  readonly #rows = new OrderedRows();

  override start(): void {
    super.start();
    this.#rows.clear();
  }

  override add(row: number): void {
    this.#rows.add(row);
    super.add(row);
  }

  override remove(row: number): void {
    this.#rows.remove(row);
    this.top = this.#rows.size === 0 ? -1 : this.#rows.newest(0);
  }
}
