// Windows: which rows count at which moments. The edges are decided here and nowhere else.
import type { Window } from "../define/aggregate.ts";

/**
 * A row counts at T while `T - offset - length <= e < T - offset` and `a + delay < T`, `delay` being that of a stream. It
 * is in from just after `max(e + offset, a + delay)`, and it is out from just after `e + offset + length`.
 */
export interface Arrival {
  readonly offset: number;
  readonly delay: number;
}

function inAfter(eventTime: number, availableTime: number, { offset, delay }: Arrival): number {
  return Math.max(eventTime + offset, availableTime + delay);
}

/** The rows of one key in the order in which they come in, for one offset. */
export class Entry {
  /** Rows, counted from the key's first, in order of coming in. */
  order: Int32Array = new Int32Array(0);
  /** The place of each row in `order`. */
  rank: Int32Array = new Int32Array(0);
  /** When each row comes in, in order of coming in: it counts at T > `time`. */
  time: Float64Array = new Float64Array(0);

  /** Sorts the rows `[from, to)`: nearly in order already, so by insertion, and by a real sort where that takes long. */
  fill(eventTime: Float64Array, availableTime: Float64Array, from: number, to: number, arrival: Arrival): void {
    const length = to - from;
    if (this.order.length < length) {
      this.order = new Int32Array(2 * length);
      this.rank = new Int32Array(2 * length);
      this.time = new Float64Array(2 * length);
    }
    const { order, rank, time } = this;
    let patience = 32 * length;
    for (let row = 0; row < length; row++) {
      const at = inAfter(eventTime[from + row] as number, availableTime[from + row] as number, arrival);
      let place = row;
      while (place > 0 && (time[place - 1] as number) > at && patience-- > 0) {
        time[place] = time[place - 1] as number;
        order[place] = order[place - 1] as number;
        place--;
      }
      time[place] = at;
      order[place] = row;
      if (patience < 0) {
        this.#sort(eventTime, availableTime, from, length, arrival);
        break;
      }
    }
    for (let place = 0; place < length; place++) rank[order[place] as number] = place;
  }

  #sort(eventTime: Float64Array, availableTime: Float64Array, from: number, length: number, arrival: Arrival): void {
    const times = Float64Array.from({ length }, (_, row) => inAfter(eventTime[from + row] as number, availableTime[from + row] as number, arrival));
    const sorted = Int32Array.from({ length }, (_, row) => row).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
    this.order.set(sorted);
    for (let place = 0; place < length; place++) this.time[place] = times[sorted[place] as number] as number;
  }
}

/** For each moment of one key, in order: how many rows have come in, and which row is the first that has not gone out. */
export class Bounds {
  entered: Int32Array = new Int32Array(0);
  left: Int32Array = new Int32Array(0);

  /** `rows` are the key's `[from, to)`; `at` holds its moments `[first, end)`, ascending. */
  fill(window: Window, entry: Entry, eventTime: Float64Array, from: number, to: number, at: Float64Array, first: number, end: number): void {
    if (this.entered.length < end - first) {
      this.entered = new Int32Array(2 * (end - first));
      this.left = new Int32Array(2 * (end - first));
    }
    const { entered, left } = this;
    const reach = window.offset + window.length;
    const length = to - from;
    let inside = 0;
    let gone = 0;
    for (let moment = first; moment < end; moment++) {
      const now = at[moment] as number;
      while (inside < length && (entry.time[inside] as number) < now) inside++;
      while (gone < length && (eventTime[from + gone] as number) + reach < now) gone++;
      entered[moment - first] = inside;
      left[moment - first] = gone;
    }
  }
}

/**
 * Of the rows `[from, to)` of a key, in order of event time, those that happened within `[earliest, latest]`. A moment can see
 * no others: the edges of windows lie inside, and are decided by `Bounds`.
 */
export function visible(eventTime: Float64Array, from: number, to: number, earliest: number, latest: number): [from: number, to: number] {
  return [firstAbove(eventTime, from, to, (e) => e >= earliest), firstAbove(eventTime, from, to, (e) => e > latest)];
}

/** The first row for which `isAbove`, which is false and then true along the rows; `to` if none. */
function firstAbove(eventTime: Float64Array, from: number, to: number, isAbove: (eventTime: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAbove(eventTime[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
