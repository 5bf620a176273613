// distinctLastN against a list of the rows that are in.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distinctLastN } from "./distinct-last-n.ts";
import { slidesFreely, slidesInOrder, summariesAddUp, tables, type Given, type Subject } from "../../test/aggregate/driver.ts";
import { runs } from "../../test/property/runs.ts";

/** The newest row of each of the `n` values that occurred last, oldest first. */
function lastDifferent(rows: readonly Given[], n: number): readonly Given[] {
  const newest = rows.filter(({ value }, i) => value !== null && rows.findLastIndex((other) => other.value === value) === i);
  return newest.slice(-n);
}

describe.each([1, 2, 3, 10])("the last %i", (n) => {
  const subject: Subject = {
    aggregation: distinctLastN,
    parameters: { n },
    takesValue: true,
    naive: (rows) =>
      lastDifferent(rows, n)
        .map(({ value }) => value as string)
        .toReversed(),
    telling: (rows) => lastDifferent(rows, n),
  };
  test.each(Object.entries({ slidesInOrder, slidesFreely, summariesAddUp }))("%s", (_, holds) => {
    fc.assert(
      fc.property(tables(["a", "b", "c", "d", "e", null]), fc.nat(), (rows, seed) => holds(subject, rows, seed)),
      runs(300),
    );
  });
});

test("a list of the kind of the values, empty over nothing", () => {
  expect([distinctLastN.empty, distinctLastN.result("timestamp"), distinctLastN.ordered]).toEqual([[], { list: "timestamp" }, true]);
});
