// Points with cuts: moments that each know a log up to a position of their own, in passes that the sweep can take.
import { ascending, sortPoints, type SortedPoints } from "./points.ts";

/** Points of one pass: of each key, ends do not fall from moment to moment, and equal moments have equal ends. */
export interface CutPoints extends SortedPoints {
  /** The end at each position. */
  readonly ends: Float64Array;
}

/**
 * Sorts points by key, moment and end, into as few passes as come of taking each point into the first that it fits. Live answers
 * give one, where servers' clocks and what they have absorbed rise together.
 */
export function sortCuts(key: Int32Array, keys: number, at: Float64Array, end: Float64Array): CutPoints[] {
  const order = ascending(at).sort((a, b) => (at[a] as number) - (at[b] as number) || (end[a] as number) - (end[b] as number) || a - b);
  const last = new Map<number, number[]>();
  const passes: number[][] = [];
  for (const point of order) {
    const ofKey = last.get(key[point] as number) ?? [];
    last.set(key[point] as number, ofKey);
    const fits = ofKey.findIndex((before) => follows(before, point, at, end));
    const pass = fits < 0 ? ofKey.length : fits;
    ofKey[pass] = point;
    (passes[pass] ??= []).push(point);
  }
  return passes.map((points) => {
    const of = (values: Float64Array): Float64Array => Float64Array.from(points, (point) => values[point] as number);
    const moments = of(at);
    const { times, point } = sortPoints(
      Int32Array.from(points, (one) => key[one] as number),
      keys,
      moments,
      ascending(moments),
    );
    const places = point.map((place) => points[place] as number);
    return { times, point: places, ends: Float64Array.from(places, (place) => end[place] as number) };
  });
}

function follows(before: number, point: number, at: Float64Array, end: Float64Array): boolean {
  return at[before] === at[point] ? end[before] === end[point] : (end[before] as number) <= (end[point] as number);
}
