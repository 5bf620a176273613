// first, last, firstN and lastN against a list of the rows that are in.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { first } from "./first.ts";
import { firstN } from "./first-n.ts";
import { last } from "./last.ts";
import { lastN } from "./last-n.ts";
import { slidesFreely, slidesInOrder, summariesAddUp, tables, type Given, type Subject } from "../../test/aggregate/driver.ts";
import { runs } from "../../test/property/runs.ts";
import type { Aggregation } from "./aggregate.ts";
import type { Scalar } from "../schema/value-type.ts";

/** The rows that have a value. */
function present(rows: readonly Given[]): readonly Given[] {
  return rows.filter(({ value }) => value !== null);
}

function one(aggregation: Aggregation, row: (rows: readonly Given[]) => Given | undefined): Subject {
  return {
    aggregation,
    parameters: {},
    takesValue: true,
    naive: (rows) => row(present(rows))?.value ?? null,
    telling: (rows) => [row(present(rows))].filter((found) => found !== undefined),
  };
}

/** `end` gives the rows that count, oldest first. */
function list(aggregation: Aggregation, n: number, end: (rows: readonly Given[]) => readonly Given[], isReversed: boolean): Subject {
  return {
    aggregation,
    parameters: { n },
    takesValue: true,
    naive: (rows) => {
      const values = end(present(rows)).map(({ value }) => value as Scalar);
      return isReversed ? values.toReversed() : values;
    },
    telling: (rows) => end(present(rows)),
  };
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  first: one(first, (rows) => rows[0]),
  last: one(last, (rows) => rows.at(-1)),
  "firstN 1": list(firstN, 1, (rows) => rows.slice(0, 1), false),
  "firstN 3": list(firstN, 3, (rows) => rows.slice(0, 3), false),
  "lastN 1": list(lastN, 1, (rows) => rows.slice(-1), true),
  "lastN 3": list(lastN, 3, (rows) => rows.slice(-3), true),
};

describe.each(Object.entries(SUBJECTS))("%s", (_, subject) => {
  const table = tables(["a", "b", "c", "d", null]);
  test.each(Object.entries({ slidesInOrder, slidesFreely, summariesAddUp }))("%s", (_name, holds) => {
    fc.assert(
      fc.property(table, fc.nat(), (rows, seed) => holds(subject, rows, seed)),
      runs(300),
    );
  });
});

describe("over nothing", () => {
  test.each(Object.entries({ first, last, firstN, lastN }))("%s", (name, { empty, result, ordered }) => {
    expect(empty).toEqual(name.endsWith("N") ? [] : null);
    expect(result("int64")).toEqual(name.endsWith("N") ? { list: "int64" } : "int64");
    expect(ordered).toBe(true);
  });
});
