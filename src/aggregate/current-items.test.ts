// currentItems against the fold over the rows that are in, and its limit.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { currentItems } from "./current-items.ts";
import { FAILED, slidesFreely, slidesInOrder, summariesAddUp, summaryOf, tables, valueOver, type Given, type Subject } from "../../test/aggregate/driver.ts";
import { runs } from "../../test/property/runs.ts";

/** Adding what is there and removing what is not changes nothing; more than `limit` different items cannot be told. */
function fold(rows: readonly Given[], limit: number): readonly string[] | typeof FAILED {
  let items: readonly string[] = [];
  const named = new Set<string>();
  for (const { value, add } of rows) {
    if (typeof value !== "string" || add === null) continue;
    named.add(value);
    if (add && !items.includes(value)) items = [...items, value];
    if (!add) items = items.filter((item) => item !== value);
  }
  return named.size > limit ? FAILED : items;
}

/** Of each item the last row that removed it, and the first after that which added it. */
function telling(rows: readonly Given[]): readonly Given[] {
  return rows.filter(({ value, add }, i) => {
    if (value === null || add === null) return false;
    const removal = rows.findLastIndex((other) => other.value === value && other.add === false);
    return i === removal || i === rows.findIndex((other, at) => at > removal && other.value === value && other.add === true);
  });
}

function limitedTo(limit: number): Subject {
  return {
    aggregation: currentItems,
    parameters: { limit },
    takesValue: true,
    naive: (rows) => fold(rows, limit),
    telling: (rows) => (fold(rows, limit) === FAILED ? null : telling(rows)),
  };
}

describe.each([1, 2, 3, 100])("at most %i items", (limit) => {
  test.each(Object.entries({ slidesInOrder, slidesFreely, summariesAddUp }))("%s", (_, holds) => {
    fc.assert(
      fc.property(tables(["a", "b", "c", "d", null], 32), fc.nat(), (rows, seed) => holds(limitedTo(limit), rows, seed)),
      runs(300),
    );
  });
});

/** `+a` adds, `-a` removes. */
function rowsOf(...texts: readonly string[]): readonly Given[] {
  return texts.map((text, eventTime) => ({ value: text.slice(1), add: text.startsWith("+"), eventTime }));
}

describe("a window", () => {
  const of = (limit: number, ...texts: readonly string[]): unknown => valueOver(limitedTo(limit), rowsOf(...texts));

  test("holds an item at its first add, unless it was removed in between", () => {
    expect(of(9, "+a", "+b", "+a")).toEqual(["a", "b"]);
    expect(of(9, "+a", "+b", "-a", "+a")).toEqual(["b", "a"]);
  });

  test("is limited in the items that its rows name, also those that were removed", () => {
    expect([of(1, "+a", "-a", "+b", "-b"), of(2, "+a", "-a", "+b", "-b")]).toEqual([FAILED, []]);
  });
});

test("a summary beyond the limit names one item more, whatever the rows", () => {
  const rows = rowsOf(...Array.from({ length: 500 }, (_, i) => `+item${i}`));
  expect(summaryOf(limitedTo(3), rows)).toHaveLength(4);
});

test("a list of the kind of the items, empty over nothing", () => {
  expect([currentItems.empty, currentItems.result("string"), currentItems.ordered]).toEqual([[], { list: "string" }, true]);
});
