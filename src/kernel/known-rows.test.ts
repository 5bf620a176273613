// What is known at a cut, to the microsecond and to the record: what outcomes are computed over, and what live answers knew.
import { describe, expect, test } from "vitest";
import { asAbsorbed, asKnownAt } from "./known-rows.ts";

const known = (availableTime: number, until: number | null, cut: number): boolean => {
  const rows = asKnownAt(
    {
      offsets: Int32Array.of(0, 1),
      eventTime: Float64Array.of(0),
      availableTime: Float64Array.of(availableTime),
      until: until === null ? null : Float64Array.of(until),
      columns: {},
    },
    cut,
  );
  expect([rows.until, Array.from(rows.eventTime)]).toEqual([null, [0]]);
  return rows.availableTime[0] === -Infinity;
};

test.each([
  ["available before the cut", 4, null, true],
  ["available at the cut", 5, null, false],
  ["available after it", 6, null, false],
  ["retracted after the cut", 1, 6, true],
  ["retracted at the cut", 1, 5, true],
  ["retracted before it", 1, 4, false],
  ["never retracted, where others are", 1, Infinity, true],
])("a row that is %s", (_, availableTime, until, isKnown) => {
  expect(known(availableTime, until, 5)).toBe(isKnown);
});

describe("as of cuts", () => {
  /** The moments, of two keys, at which a sweep counts rows at these positions until others: `a < T` and not `u < T`. */
  const counted = (positions: readonly number[], until: readonly number[] | null, moments: readonly (readonly [at: number, end: number])[], delay = 0) => {
    const other = 2; // a key before, with rows and moments that are none of the second's
    const rows = asAbsorbed(
      {
        offsets: Int32Array.of(0, 1, 1 + positions.length),
        availableTime: Float64Array.of(other, ...positions),
        until: until === null ? null : Float64Array.of(Infinity, ...until),
      },
      { offsets: Int32Array.of(0, 1, 1 + moments.length), at: Float64Array.of(-9, ...moments.map(([at]) => at)) },
      Float64Array.of(99, ...moments.map(([, end]) => end)),
      delay,
    );
    return positions.map((_, i) => {
      const [available, superseded] = [rows.availableTime[i + 1] as number, rows.until?.[i + 1] ?? Infinity];
      return moments.map(([at]) => at).filter((at) => available + delay < at && !(superseded + delay < at));
    });
  };

  test("a record counts at the moments whose ends lie beyond its position", () => {
    const moments = [
      [10, 5],
      [11, 5],
      [12, 6],
      [20, 7],
      [20, 7],
      [21, 7],
    ] as const;
    expect(counted([-1, 4, 5, 6, 7], null, moments)).toEqual([[10, 11, 12, 20, 20, 21], [10, 11, 12, 20, 20, 21], [12, 20, 20, 21], [20, 20, 21], []]);
  });

  test("a version counts until the record that takes its place does", () => {
    const moments = [
      [10, 5],
      [12, 6],
      [20, 8],
    ] as const;
    expect(counted([1, 1, 1, 1, 5], [3, 5, 7, 8, 7], moments)).toEqual([[], [10], [10, 12], [10, 12, 20], [12]]);
    expect(counted([1], [Infinity], moments)).toEqual([[10, 12, 20]]);
  });

  test("the view's delay, which a live answer does not have, changes nothing", () => {
    const moments = [
      [10, 5],
      [11, 6],
    ] as const;
    expect(counted([4, 5, 6], [5, 6, 7], moments, 1000)).toEqual(counted([4, 5, 6], [5, 6, 7], moments));
  });
});
