// Rows as they are known at a cut: what outcomes are computed over.
import { isKnown } from "../aggregate/window.ts";
import type { KeyedRows } from "./rows.ts";
import type { Micros } from "../time.ts";

/** The same rows, those that are known at the cut as if they had always been available, and all others as if they never were. */
export function asKnownAt(rows: KeyedRows, cut: Micros): KeyedRows {
  const { availableTime, until } = rows;
  const from = new Float64Array(availableTime.length);
  for (let i = 0; i < from.length; i++)
    from[i] = isKnown(availableTime[i] as number, until === null ? Infinity : (until[i] as number), cut) ? -Infinity : Infinity;
  return { ...rows, availableTime: from, until: null };
}
