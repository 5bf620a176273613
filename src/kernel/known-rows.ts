// Rows as they are known at a cut: of outcomes at one moment, of live answers at a position of the log for each moment.
import { isKnown } from "../aggregate/window.ts";
import type { KeyedRows, KeyedTimes } from "./rows.ts";
import type { Micros } from "../time.ts";

/** The same rows, those that are known at the cut as if they had always been available, and all others as if they never were. */
export function asKnownAt(rows: KeyedRows, cut: Micros): KeyedRows {
  const { availableTime, until } = rows;
  const from = new Float64Array(availableTime.length);
  for (let i = 0; i < from.length; i++)
    from[i] = isKnown(availableTime[i] as number, until === null ? Infinity : (until[i] as number), cut) ? -Infinity : Infinity;
  return { ...rows, availableTime: from, until: null };
}

/** What of rows by key says when they count. */
type Clocks = Pick<KeyedRows, "offsets" | "availableTime" | "until">;

/**
 * Rows of a log that have positions in place of available times, as they count at moments each of which knows the records at
 * positions below its own `ends` and no others. Of each key, ends must not fall from moment to moment, and equal moments must have
 * equal ends. A row is then available just before the first of its key's moments whose end lies beyond its position, and
 * superseded likewise. `delay`: that of the view, which the sweep will add, and which a live answer does not have.
 */
export function asAbsorbed<R extends Clocks>(rows: R, times: KeyedTimes, ends: Float64Array, delay: Micros): R {
  const { offsets, availableTime, until } = rows;
  const from = new Float64Array(availableTime.length);
  const to = until === null ? null : new Float64Array(until.length);
  for (let key = 0; key + 1 < times.offsets.length; key++) {
    const [first, last] = [times.offsets[key] as number, times.offsets[key + 1] as number];
    for (let i = offsets[key] as number; i < (offsets[key + 1] as number); i++) {
      from[i] = absorbedAt(availableTime[i] as number, times.at, ends, first, last) - delay;
      if (to !== null) to[i] = absorbedAt(until?.[i] as number, times.at, ends, first, last) - delay;
    }
  }
  return { ...rows, availableTime: from, until: to };
}

/** After which time a record counts as there: just before the first of the moments `[first, last)` whose end lies beyond it. */
function absorbedAt(position: number, at: Float64Array, ends: Float64Array, first: number, last: number): Micros {
  let [low, high] = [first, last];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] as number) > position) high = middle;
    else low = middle + 1;
  }
  return low === first ? -Infinity : low === last ? Infinity : (at[low] as number) - 1;
}
