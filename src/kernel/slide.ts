// The inner loops: one accumulator slides over one key's moments.
import { ownCopy } from "../schema/own-copy.ts";
import type { Sliding } from "../aggregate/aggregate.ts";
import type { Bounds, Entry, Retractions } from "../aggregate/window.ts";

/** One key's rows `[from, from + length)`, its moments `[first, end)`, and which rows each moment sees. */
export interface KeySlide {
  readonly entry: Entry;
  readonly bounds: Bounds;
  readonly retractions: Retractions | null;
  readonly from: number;
  readonly length: number;
  readonly at: Float64Array;
  readonly first: number;
  readonly end: number;
}

type Slide = (
  accumulator: Sliding,
  order: Int32Array,
  rank: Int32Array,
  entered: Int32Array,
  left: Int32Array,
  from: number,
  at: Float64Array,
  first: number,
  end: number,
) => void;

/**
 * At each moment: 1. rows that have gone out since the moment before are removed, if they had come in by then;
 * 2. rows that have come in since are added, unless they have gone out already; 3. the value is written.
 */
const slide: Slide = (accumulator, order, rank, entered, left, from, at, first, end) => {
  let inside = 0;
  let gone = 0;
  for (let moment = first; moment < end; moment++) {
    const nowGone = left[moment - first] as number;
    const nowInside = entered[moment - first] as number;
    for (; gone < nowGone; gone++) if ((rank[gone] as number) < inside) accumulator.remove(from + gone);
    for (; inside < nowInside; inside++) {
      const row = order[inside] as number;
      if (row >= nowGone) accumulator.add(from + row);
    }
    accumulator.finish(at[moment] as number);
  }
};

const COPIES = new Map<unknown, Slide>();

/** The loop for accumulators of one class. */
function slideFor(accumulator: Sliding): Slide {
  const known = COPIES.get(accumulator.constructor);
  if (known !== undefined) return known;
  const copy = ownCopy(slide);
  COPIES.set(accumulator.constructor, copy);
  return copy;
}

/** Slides a started accumulator over windows whose first row never moves back and whose rows are never retracted. */
export function slideForward(accumulator: Sliding, { entry, bounds, from, at, first, end }: KeySlide): void {
  slideFor(accumulator)(accumulator, entry.order, entry.rank, bounds.entered, bounds.left, from, at, first, end);
}

/**
 * Slides a started accumulator over any windows. At each moment: 1. where the window's first row has moved back, since a late
 * row has joined two sessions, all is begun anew; 2. else rows that have gone out or were retracted are removed; 3. rows that
 * have come in are added, unless they are out already; 4. the value is written.
 */
export function slideFreely(accumulator: Sliding, { entry, bounds, retractions, from, length, at, first, end }: KeySlide): void {
  const isIn = new Uint8Array(length);
  let inside = 0;
  let gone = 0;
  let retracted = 0;
  for (let moment = first; moment < end; moment++) {
    const now = at[moment] as number;
    const nowGone = bounds.left[moment - first] as number;
    const nowInside = bounds.entered[moment - first] as number;
    if (nowGone < gone) {
      accumulator.start(from, from + length);
      isIn.fill(0);
      for (let row = nowGone; row < length; row++) if ((entry.rank[row] as number) < inside) put(row, now);
      gone = nowGone;
    }
    for (; gone < nowGone; gone++) drop(gone);
    if (retractions !== null)
      for (; retracted < retractions.order.length && retractions.isOut(retractions.order[retracted] as number, now); retracted++)
        drop(retractions.order[retracted] as number);
    for (; inside < nowInside; inside++) {
      const row = entry.order[inside] as number;
      if (row >= nowGone) put(row, now);
    }
    accumulator.finish(now);
  }

  function put(row: number, now: number): void {
    if (retractions?.isOut(row, now) === true) return;
    isIn[row] = 1;
    accumulator.add(from + row);
  }

  function drop(row: number): void {
    if (isIn[row] === 0) return;
    isIn[row] = 0;
    accumulator.remove(from + row);
  }
}
