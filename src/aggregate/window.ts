// Windows: which rows count at which moments. The edges are decided here and nowhere else.
import type { Micros } from "../time.ts";
import type { Window } from "../define/window.ts";

/**
 * A row counts at T while `T - offset - length <= e < T - offset` and `a + delay < T`, `delay` being that of a stream, unless
 * it was retracted at a time u and `u + delay < T`. It is in from just after `max(e + offset, a + delay)`, and it is out
 * from just after `e + offset + length`, or `u + delay` if that comes first.
 */
export interface Arrival {
  readonly offset: number;
  readonly delay: number;
}

function inAfter(eventTime: number, availableTime: number, { offset, delay }: Arrival): number {
  return Math.max(eventTime + offset, availableTime + delay);
}

/**
 * Whether a row is among those known at a cut: `a < cut`, and not retracted before it. An outcome is over these alone: at T, the
 * window with the length `h` that ends at T + h, thus `T <= e < T + h`, of rows as if they had always been available.
 */
export function isKnown(availableTime: number, until: number, cut: Micros): boolean {
  return availableTime < cut && until >= cut;
}

/** Whether a row, or T, belongs to the session of a row before it: the two are less than the gap apart. */
export function isChained(earlier: Micros, later: Micros, gap: Micros): boolean {
  return later - earlier < gap;
}

/** Event times `[from, to)`. */
export type EventSpan = readonly [from: Micros, to: Micros];

/** The event times that count at T, of rows that have come in. */
export function spanAt({ length, offset }: Window, at: Micros): EventSpan {
  return [at - offset - length, at - offset];
}

/** Which part of the event times from `first` to `last` lies in a span. */
export function partIn(first: Micros, last: Micros, span: EventSpan): "all" | "some" | "none" {
  const from = span[0];
  const to = span[1];
  if (last < from || first >= to) return "none";
  return from <= first && last < to ? "all" : "some";
}

/** Of the rows `[from, to)`, in order of event time, those that lie in a span: none where the second is not above the first. */
export function rowsIn(eventTime: Float64Array, from: number, to: number, [earliest, end]: EventSpan): [from: number, to: number] {
  return [firstAbove(eventTime, from, to, (e) => e >= earliest), firstAbove(eventTime, from, to, (e) => e >= end)];
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

/** The rows of one key that are retracted, in the order in which that happens. */
export class Retractions {
  /** Rows, counted from the key's first. */
  order: Int32Array = new Int32Array(0);
  /** After when each row, in the key's order, is out for good; infinite where it is never retracted. */
  after: Float64Array = new Float64Array(0);

  fill(until: Float64Array, from: number, to: number, { delay }: Arrival): void {
    this.after = until.slice(from, to).map((time) => time + delay);
    const { after } = this;
    this.order = Int32Array.from(after.keys())
      .filter((row) => after[row] !== Infinity)
      .sort((a, b) => (after[a] as number) - (after[b] as number) || a - b);
  }

  /** Whether a row has been retracted by T. */
  isOut(row: number, now: Micros): boolean {
    return (this.after[row] as number) < now;
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

  /** Moves each moment's first row up to the first of the session that is open then; beyond the last row where none is. */
  narrowToSession(
    gap: Micros,
    entry: Entry,
    out: Retractions | null,
    eventTime: Float64Array,
    from: number,
    to: number,
    at: Float64Array,
    first: number,
    end: number,
  ): void {
    const session = new OpenSession(eventTime.subarray(from, to), gap);
    let inside = 0;
    let retracted = 0;
    for (let moment = first; moment < end; moment++) {
      const now = at[moment] as number;
      for (const entered = this.entered[moment - first] as number; inside < entered; inside++) {
        const row = entry.order[inside] as number;
        if (out === null || !out.isOut(row, now)) session.add(row);
      }
      if (out !== null)
        for (; retracted < out.order.length && out.isOut(out.order[retracted] as number, now); retracted++) session.remove(out.order[retracted] as number);
      this.left[moment - first] = Math.max(this.left[moment - first] as number, session.firstAt(now));
    }
  }
}

/** The newest session of one key's rows, as rows come in and are retracted: rows chained by gaps below `gap`. */
class OpenSession {
  readonly #eventTime: Float64Array;
  readonly #gap: Micros;
  readonly #isIn: Uint8Array;
  #first = -1;
  #newest = -1;

  constructor(eventTime: Float64Array, gap: Micros) {
    this.#eventTime = eventTime;
    this.#gap = gap;
    this.#isIn = new Uint8Array(eventTime.length);
  }

  add(row: number): void {
    this.#isIn[row] = 1;
    if (row > this.#newest) {
      if (this.#newest < 0 || !this.#isChained(this.#newest, row)) this.#first = row;
      this.#newest = row;
    } else if (row < this.#first && this.#isChained(row, this.#first)) this.#first = this.#chainBack(row);
  }

  remove(row: number): void {
    if (this.#isIn[row] === 0) return;
    this.#isIn[row] = 0;
    if (row === this.#newest) while (this.#newest >= 0 && this.#isIn[this.#newest] === 0) this.#newest--;
    if (row >= this.#first) this.#first = this.#newest < 0 ? -1 : this.#chainBack(this.#newest);
  }

  /** The first row of the session that is open at T; beyond the last row where none is. */
  firstAt(now: Micros): number {
    const isOpen = this.#newest >= 0 && isChained(this.#eventTime[this.#newest] as number, now, this.#gap);
    return isOpen ? this.#first : this.#isIn.length;
  }

  /** The first row of the chain that ends with `row`. */
  #chainBack(row: number): number {
    let first = row;
    for (let before = row - 1; before >= 0 && this.#isChained(before, first); before--) if (this.#isIn[before] === 1) first = before;
    return first;
  }

  #isChained(earlier: number, later: number): boolean {
    return isChained(this.#eventTime[earlier] as number, this.#eventTime[later] as number, this.#gap);
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
