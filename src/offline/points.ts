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
  const order = new Int32Array(at.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return isAscending(at, 0, at.length) ? order : order.sort((a, b) => (at[a] as number) - (at[b] as number) || a - b);
}

function isAscending(at: Float64Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if ((at[i] as number) < (at[i - 1] as number)) return false;
  return true;
}

/**
 * Sorts points by key, then moment. `order` has their places in (mostly) ascending order of `at`: a counting sort keeps
 * it within each key, and only keys for which it does not hold (a schedule that was rolled back) are sorted again.
 */
export function sortPoints(key: Int32Array, keys: number, at: Float64Array, order: Int32Array): SortedPoints {
  const offsets = new Int32Array(keys + 1);
  for (let i = 0; i < key.length; i++) offsets[(key[i] as number) + 1]!++;
  for (let k = 0; k < keys; k++) offsets[k + 1]! += offsets[k] as number;
  const next = offsets.slice();
  const point = new Int32Array(key.length);
  const moments = new Float64Array(key.length);
  for (let i = 0; i < order.length; i++) {
    const one = order[i] as number;
    const position = next[key[one] as number]!++;
    point[position] = one;
    moments[position] = at[one] as number;
  }
  for (let k = 0; k < keys; k++) {
    const [from, to] = [offsets[k] as number, offsets[k + 1] as number];
    if (isAscending(moments, from, to)) continue;
    point.subarray(from, to).sort((a, b) => (at[a] as number) - (at[b] as number) || a - b);
    for (let i = from; i < to; i++) moments[i] = at[point[i] as number] as number;
  }
  return { times: { offsets, at: moments }, point };
}

/** The moments of keys `[first, end)` alone, numbered from 0. */
export function timesOf({ offsets, at }: KeyedTimes, first: number, end: number): KeyedTimes {
  const from = offsets[first] as number;
  return { offsets: offsets.subarray(first, end + 1).map((offset) => offset - from), at: at.subarray(from, offsets[end]) };
}
