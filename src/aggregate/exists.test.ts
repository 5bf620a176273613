// exists, of any row and of those for which a condition is true, against a list of the rows that are in.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exists } from "./exists.ts";
import { slidesFreely, slidesInOrder, summariesAddUp, tables, type Subject } from "../../test/aggregate/driver.ts";
import { runs } from "../../test/property/runs.ts";

const SUBJECTS: Readonly<Record<string, Subject>> = {
  "a row": { aggregation: exists, parameters: {}, takesValue: false, naive: (rows) => rows.length > 0, telling: () => [] },
  "a row for which it is true": {
    aggregation: exists,
    parameters: {},
    takesValue: true,
    naive: (rows) => rows.some(({ value }) => value === true),
    telling: () => [],
  },
};

describe.each(Object.entries(SUBJECTS))("%s", (_, subject) => {
  test.each(Object.entries({ slidesInOrder, slidesFreely, summariesAddUp }))("%s", (_name, holds) => {
    fc.assert(
      fc.property(tables([true, false, false, null], 12), fc.nat(), (rows, seed) => holds(subject, rows, seed)),
      runs(300),
    );
  });
});

test("false over nothing", () => {
  expect(exists.empty).toBe(false);
});
