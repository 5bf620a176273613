// What is known at a cut, to the microsecond: what outcomes are computed over.
import { expect, test } from "vitest";
import { asKnownAt } from "./known-rows.ts";

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
