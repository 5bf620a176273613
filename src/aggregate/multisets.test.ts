// Aggregates over multisets (least, greatest, quantile, distinct values and their counts) against lists of the rows that are in.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareText } from "../schema/canonical.ts";
import { distinctCount } from "./distinct-count.ts";
import { max } from "./max.ts";
import { min } from "./min.ts";
import { nearestRank, quantile } from "./quantile.ts";
import { topK } from "./top-k.ts";
import { valueCounts } from "./value-counts.ts";
import { FAILED, slidesFreely, slidesInOrder, summariesAddUp, summaryOf, tables, type Given, type Subject } from "../../test/aggregate/driver.ts";
import { runs } from "../../test/property/runs.ts";
import type { Aggregation } from "./aggregate.ts";
import type { FeatureValue, Scalar } from "../schema/value-type.ts";
import type { Parameters } from "../define/aggregate-call.ts";

type Present = NonNullable<Given["value"]>;

function compare(a: Scalar, b: Scalar): number {
  return typeof a === "string" ? compareText(a, b as string) : a < b ? -1 : a > b ? 1 : 0;
}

function present(rows: readonly Given[]): readonly Present[] {
  return rows.flatMap(({ value }) => (value === null ? [] : [value])).sort(compare);
}

function counts(rows: readonly Given[]): ReadonlyMap<Scalar, number> {
  const values = present(rows);
  return new Map([...new Set(values)].map((value) => [value, values.filter((other) => other === value).length]));
}

function mostFrequent(rows: readonly Given[], n: number): readonly Scalar[] {
  return [...counts(rows)]
    .sort(([a, x], [b, y]) => y - x || compare(a, b))
    .slice(0, n)
    .map(([value]) => value);
}

/** Percentages, so that the place is exact. */
function percentile(rows: readonly Given[], percent: number): Scalar | null {
  const values = present(rows);
  return values[Math.max(1, Math.ceil((percent * values.length) / 100)) - 1] ?? null;
}

/** A row of each value: the newest. */
function ofEach(rows: readonly Given[]): readonly Given[] {
  return rows.filter(({ value }, i) => value !== null && rows.findLastIndex((other) => other.value === value) === i);
}

/** The newest row that has a value. */
function newestOf(value: Scalar | null, rows: readonly Given[]): readonly Given[] {
  return value === null ? [] : [rows.findLast((row) => row.value === value) as Given];
}

function least(rows: readonly Given[]): Scalar | null {
  return present(rows)[0] ?? null;
}

function greatest(rows: readonly Given[]): Scalar | null {
  return present(rows).at(-1) ?? null;
}

function limited(aggregation: Aggregation, parameters: Parameters & { readonly limit: number }, naive: (rows: readonly Given[]) => FeatureValue): Subject {
  const isBeyond = (rows: readonly Given[]): boolean => counts(rows).size > parameters.limit;
  return {
    aggregation,
    parameters,
    takesValue: true,
    naive: (rows) => (isBeyond(rows) ? FAILED : naive(rows)),
    telling: (rows) => (isBeyond(rows) ? null : ofEach(rows)),
  };
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  least: { aggregation: min, parameters: {}, takesValue: true, naive: least, telling: (rows) => newestOf(least(rows), rows) },
  greatest: { aggregation: max, parameters: {}, takesValue: true, naive: greatest, telling: (rows) => newestOf(greatest(rows), rows) },
  ...Object.fromEntries(
    [0, 10, 29, 50, 90, 100].map((percent): [string, Subject] => [
      `${percent} %`,
      { aggregation: quantile, parameters: { p: String(percent / 100) }, takesValue: true, naive: (rows) => percentile(rows, percent), telling: ofEach },
    ]),
  ),
  ...Object.fromEntries(
    [1, 3, 100].flatMap((limit): [string, Subject][] => [
      [`different, ${limit} at most`, limited(distinctCount, { limit }, (rows) => counts(rows).size)],
      [`counts, ${limit} at most`, limited(valueCounts, { limit }, counts)],
      [`top 2, ${limit} at most`, limited(topK, { n: 2, limit }, (rows) => mostFrequent(rows, 2))],
    ]),
  ),
};

/** Values by kind; the numbers are no ranks as they are, and some of the texts lie beyond the plane where UTF-16 is in order. */
const VALUES: Readonly<Record<string, readonly Given["value"][]>> = {
  texts: ["b", "a", "\u{1f600}", "\uffee", "", null],
  doubles: [-1.5, 0, 1e300, 0.1, 7, 2 ** -1074, null],
  int64: [-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n, null],
  booleans: [true, false, null],
};

describe.each(Object.keys(SUBJECTS))("%s", (name) => {
  describe.each(Object.keys(VALUES))("of %s", (kind) => {
    test.each(Object.entries({ slidesInOrder, slidesFreely, summariesAddUp }))("%s", (_, holds) => {
      fc.assert(
        fc.property(tables(VALUES[kind] as readonly Given["value"][]), fc.nat(), (rows, seed) => holds(SUBJECTS[name] as Subject, rows, seed)),
        runs(40),
      );
    });
  });
});

test("many different values: ranks are deep and rows are many", () => {
  const values = Array.from({ length: 700 }, (_, i) => ((i * 7919) % 1013) / 4 - 60);
  for (const name of ["least", "greatest", "29 %", "90 %", "different, 100 at most", "top 2, 100 at most", "counts, 100 at most"]) {
    fc.assert(
      fc.property(tables(values, 400), fc.nat(), (rows, seed) => {
        slidesFreely(SUBJECTS[name] as Subject, rows, seed);
        summariesAddUp(SUBJECTS[name] as Subject, rows, seed);
      }),
      runs(3),
    );
  }
});

test("places of quantiles are exact", () => {
  expect(nearestRank("0.29")(100)).toBe(29);
  expect(nearestRank("0.07")(100)).toBe(7);
  expect(nearestRank("1e-7")(10_000_000)).toBe(1);
  expect(nearestRank("1e-7")(10_000_001)).toBe(2);
  expect(nearestRank("5e-324")(2 ** 31)).toBe(1);
  expect(nearestRank("0.30000000000000004")(10)).toBe(4);
  expect([nearestRank("0")(9), nearestRank("1")(9), nearestRank("1")(1)]).toEqual([1, 9, 1]);
  const n = fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 300 }));
  const any = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }).map((x) => String(x + 0)),
    n,
  );
  const short = fc.tuple(
    fc.nat(100).map((x) => String(x / 100)),
    n,
  );
  // Hard by a hair: p n is next to a whole number, or is one.
  const close = fc.tuple(fc.nat(2 ** 31), n).map(([k, of]): [string, number] => [String((k % (of + 1)) / of), of]);
  fc.assert(
    fc.property(fc.oneof(any, short, close), ([text, n]) => {
      const [mantissa, exponent] = Number(text).toExponential().split("e") as [string, string];
      const digits = BigInt(mantissa.replace(".", ""));
      const shift = (mantissa.split(".")[1] ?? "").length - Number(exponent);
      const scaled = digits * BigInt(n);
      const below = 10n ** BigInt(shift);
      expect(nearestRank(text)(n)).toBe(Math.max(1, Number(scaled / below) + (scaled % below > 0n ? 1 : 0)));
    }),
    runs(),
  );
});

test.each([distinctCount, topK, valueCounts])("beyond the limit, a summary holds one value more than it", (aggregation) => {
  const rows = Array.from({ length: 90 }, (_, i): Given => ({ value: i % 30, add: null, eventTime: i }));
  const subject: Subject = { aggregation, parameters: { n: 2, limit: 5 }, takesValue: true, naive: () => FAILED };
  expect(summaryOf(subject, rows)).toHaveLength(6);
  summariesAddUp(subject, rows, 1);
});
