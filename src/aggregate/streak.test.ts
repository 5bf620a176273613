// streak against a list of the rows that are in.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slidesFreely, slidesInOrder, summariesAddUp, tables, valueOver, type Given, type Subject } from "../../test/aggregate/driver.ts";
import { runs } from "../../test/property/runs.ts";
import { streak } from "./streak.ts";

const SUBJECT: Subject = {
  aggregation: streak,
  parameters: {},
  takesValue: true,
  naive: (rows) => {
    const values = rows.map(({ value }) => value).filter((value) => value !== null);
    return values.length - 1 - values.lastIndexOf(false);
  },
  telling: () => [],
};

describe("the newest rows in a row for which it is true", () => {
  test.each(Object.entries({ slidesInOrder, slidesFreely, summariesAddUp }))("%s", (_, holds) => {
    fc.assert(
      fc.property(tables([true, true, true, false, null]), fc.nat(), (rows, seed) => holds(SUBJECT, rows, seed)),
      runs(300),
    );
  });
});

test.each([
  ["nothing", [], 0],
  ["nulls alone", [null, null], 0],
  ["true after false", [true, false, true, true], 2],
  ["true with nulls between", [true, null, true, null], 2],
  ["false at last", [true, true, false, null], 0],
] as const)("over %s", (_, values, length) => {
  const rows = values.map((value, eventTime): Given => ({ value, add: null, eventTime }));
  expect(streak.empty).toBe(0);
  expect(valueOver(SUBJECT, rows)).toBe(length);
});
