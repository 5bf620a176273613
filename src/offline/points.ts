// Points: a key and a moment each, in any order, and the way to the order that the kernel takes and back.
import type { KeyedTimes } from "../kernel/rows.ts";

/** Points by key and moment. */
export interface SortedPoints {
  readonly times: KeyedTimes;
  /** The point at each position. */
  readonly point: Int32Array;
}

/** The places of an array in ascending order of their values; equal ones in order of their places. */
export function ascending(at: Float64Array): Int32Array {
  const order = Int32Array.from(at, (_, i) => i);
  return isAscending(at, order, 0, order.length) ? order : order.sort((a, b) => (at[a] as number) - (at[b] as number) || a - b);
}

function isAscending(at: Float64Array, order: Int32Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if ((at[order[i] as number] as number) < (at[order[i - 1] as number] as number)) return false;
  return true;
}

/**
 * Sorts points by key, then moment. `order` has their places in (mostly) ascending order of `at`: a counting sort keeps
 * it within each key, and only keys for which it does not hold (a schedule that was rolled back) are sorted again.
 */
export function sortPoints(key: Int32Array, keys: number, at: Float64Array, order: Int32Array): SortedPoints {
  const offsets = new Int32Array(keys + 1);
  for (const k of key) offsets[k + 1]!++;
  for (let k = 0; k < keys; k++) offsets[k + 1]! += offsets[k] as number;
  const next = offsets.slice();
  const point = new Int32Array(key.length);
  for (const i of order) point[next[key[i] as number]!++] = i;
  for (let k = 0; k < keys; k++) {
    const [from, to] = [offsets[k] as number, offsets[k + 1] as number];
    if (!isAscending(at, point, from, to)) point.subarray(from, to).sort((a, b) => (at[a] as number) - (at[b] as number) || a - b);
  }
  const moments = new Float64Array(point.length);
  for (let i = 0; i < point.length; i++) moments[i] = at[point[i] as number] as number;
  return { times: { offsets, at: moments }, point };
}

/** The moments of keys `[first, end)` alone, numbered from 0. */
export function timesOf({ offsets, at }: KeyedTimes, first: number, end: number): KeyedTimes {
  const from = offsets[first] as number;
  return { offsets: offsets.subarray(first, end + 1).map((offset) => offset - from), at: at.subarray(from, offsets[end]) };
}
