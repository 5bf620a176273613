// The newest event time in a window, and whether the window holds a row at all.
import type { Accumulator } from "../aggregate/aggregate.ts";

/** Rows are in order of event time and leave in order, so the newest is the greatest row that is in. */
export class Newest implements Accumulator {
  readonly #eventTime: Float64Array;
  readonly #out: Float64Array;
  readonly #found: Uint8Array;
  #newest = -1;

  constructor(eventTime: Float64Array, out: Float64Array, found: Uint8Array) {
    this.#eventTime = eventTime;
    this.#out = out;
    this.#found = found;
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

  finish(at: number): void {
    if (this.#newest < 0) return;
    this.#out[at] = this.#eventTime[this.#newest] as number;
    this.#found[at] = 1;
  }
}
