// The inner loop: one accumulator slides over one key's moments.
import { ownCopy } from "../schema/own-copy.ts";
import type { Accumulator } from "../aggregate/aggregate.ts";

type Slide = (
  accumulator: Accumulator,
  order: Int32Array,
  rank: Int32Array,
  entered: Int32Array,
  left: Int32Array,
  from: number,
  first: number,
  end: number,
) => void;

/**
 * At each moment: 1. rows that have gone out since the moment before are removed, if they had come in by then;
 * 2. rows that have come in since are added, unless they have gone out already; 3. the value is written.
 */
const slide: Slide = (accumulator, order, rank, entered, left, from, first, end) => {
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
    accumulator.finish(moment);
  }
};

const COPIES = new Map<unknown, Slide>();

/** The loop for accumulators of one class. */
export function slideFor(accumulator: Accumulator): Slide {
  const known = COPIES.get(accumulator.constructor);
  if (known !== undefined) return known;
  const copy = ownCopy(slide);
  COPIES.set(accumulator.constructor, copy);
  return copy;
}
