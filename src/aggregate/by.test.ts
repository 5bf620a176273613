// .by(key) against the rows of each key by themselves, over aggregates of every build.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { count } from "./count.ts";
import { distinctCount } from "./distinct-count.ts";
import { lastN } from "./last-n.ts";
import { last } from "./last.ts";
import { max } from "./max.ts";
import { quantile } from "./quantile.ts";
import { sum } from "./sum.ts";
import { topK } from "./top-k.ts";
import { FAILED, slidesFreely, slidesInOrder, summariesAddUp, summaryOf, tables, type Given, type Subject } from "../../test/aggregate/driver.ts";
import { runs } from "../../test/property/runs.ts";
import type { FeatureValue, Scalar } from "../schema/value-type.ts";

type Inner = Omit<Subject, "byLimit" | "telling">;

function numbers(rows: readonly Given[]): readonly number[] {
  return rows.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
}

function sorted(rows: readonly Given[]): readonly number[] {
  return numbers(rows).toSorted((a, b) => a - b);
}

const takesValue = true;
const INNER: Readonly<Record<string, Inner>> = {
  count: { aggregation: count, parameters: {}, takesValue: false, naive: (rows) => rows.length },
  sum: { aggregation: sum, parameters: {}, takesValue, naive: (rows) => (numbers(rows).length === 0 ? null : numbers(rows).reduce((a, b) => a + b)) },
  max: { aggregation: max, parameters: {}, takesValue, naive: (rows) => sorted(rows).at(-1) ?? null },
  last: { aggregation: last, parameters: {}, takesValue, naive: (rows) => numbers(rows).at(-1) ?? null },
  lastN: { aggregation: lastN, parameters: { n: 2 }, takesValue, naive: (rows) => numbers(rows).toReversed().slice(0, 2) },
  quantile: { aggregation: quantile, parameters: { p: "0.5" }, takesValue, naive: (rows) => sorted(rows)[Math.ceil(numbers(rows).length / 2) - 1] ?? null },
  distinctCount: {
    aggregation: distinctCount,
    parameters: { limit: 2 },
    takesValue,
    naive: (rows) => (new Set(numbers(rows)).size > 2 ? FAILED : new Set(numbers(rows)).size),
  },
  topK: { aggregation: topK, parameters: { n: 2, limit: 100 }, takesValue, naive: mostFrequent },
};

function mostFrequent(rows: readonly Given[]): readonly Scalar[] {
  const values = sorted(rows);
  const often = (x: number): number => values.filter((other) => other === x).length;
  return [...new Set(values)].sort((a, b) => often(b) - often(a) || a - b).slice(0, 2);
}

/** The aggregate of each key's rows; null where that cannot be represented. */
function grouped({ naive, ...inner }: Inner, byLimit: number): Subject {
  return {
    ...inner,
    byLimit,
    naive: (rows, at) => {
      const keys = [...new Set(rows.flatMap(({ key }) => key ?? []))].sort();
      if (keys.length > byLimit) return FAILED;
      return new Map(
        keys.map((key): [string, FeatureValue] => [
          key,
          nullIfFailed(
            naive(
              rows.filter((row) => row.key === key),
              at,
            ),
          ),
        ]),
      );
    },
  };
}

function nullIfFailed(value: FeatureValue | typeof FAILED): FeatureValue {
  return value === FAILED ? null : value;
}

describe.each(Object.entries(INNER))("%s", (_, inner) => {
  describe.each([2, 100])("by at most %i keys", (byLimit) => {
    test.each(Object.entries({ slidesInOrder, slidesFreely, summariesAddUp }))("%s", (_, holds) => {
      fc.assert(
        fc.property(tables([-1.5, 0.25, 3, 1000.5, null], 32), fc.nat(), (rows, seed) => holds(grouped(inner, byLimit), rows, seed)),
        runs(100),
      );
    });
  });
});

test("a summary of more rows than a call has room for arguments", () => {
  const rows = Array.from({ length: 150_000 }, (_, i): Given => ({ value: i / 4, add: null, key: "x", eventTime: i }));
  expect(summaryOf(grouped(INNER["quantile"] as Inner, 1), rows)).toHaveLength(150_000);
});

test("a summary holds no more keys than tell that they are too many, and no row twice", () => {
  const rows = Array.from({ length: 40 }, (_, i): Given => ({ value: i, add: null, key: `k${i % 10}`, eventTime: i }));
  expect(summaryOf(grouped(INNER["count"] as Inner, 3), rows).map(({ key }) => key)).toEqual(["k0", "k1", "k2", "k3"]);
  expect(summaryOf(grouped(INNER["last"] as Inner, 10), rows).map(({ value }) => value)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
});
