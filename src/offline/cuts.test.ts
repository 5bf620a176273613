// Points with cuts: in every pass ends rise with moments, and no point is lost.
import { expect, test } from "vitest";
import { sortCuts } from "./cuts.ts";

const KEYS = 2;

/** Each pass as its points by key: `moment/end` and the point's place. */
function passesOf(points: readonly (readonly [key: number, at: number, end: number])[]): string[][] {
  const of = (part: 0 | 1 | 2): Float64Array => Float64Array.from(points, (point) => point[part]);
  return sortCuts(Int32Array.from(of(0)), KEYS, of(1), of(2)).map(({ times, point, ends }) =>
    Array.from({ length: KEYS }, (_, key) =>
      Array.from(point.slice(times.offsets[key], times.offsets[key + 1]), (place, i) => {
        const position = (times.offsets[key] as number) + i;
        return `${times.at[position]}/${ends[position]} #${place}`;
      }).join(", "),
    ),
  );
}

test("where ends rise with moments there is one pass, in whatever order points come", () => {
  const points = [
    [1, 7, 3],
    [0, 5, 2],
    [0, 4, 1],
    [0, 4, 1],
    [0, 6, 2],
    [1, 6, 9 - 6],
  ] as const;
  expect(passesOf(points)).toEqual([["4/1 #2, 4/1 #3, 5/2 #1, 6/2 #4", "6/3 #5, 7/3 #0"]]);
});

test("an end that falls, or another end of one moment, goes to another pass; other keys stay in the first", () => {
  const points = [
    [0, 4, 5],
    [0, 5, 4],
    [0, 5, 6],
    [0, 4, 6],
    [1, 4, 1],
    [0, 6, 4],
  ] as const;
  expect(passesOf(points)).toEqual([
    ["4/5 #0, 5/6 #2", "4/1 #4"],
    ["4/6 #3", ""],
    ["5/4 #1, 6/4 #5", ""],
  ]);
});

test("without points there is no pass", () => {
  expect(passesOf([])).toEqual([]);
});
