// Decimals: which doubles stand for one, and that their sums and means are those of the decimals.
import fc from "fast-check";
import { expect, test } from "vitest";
import { meanOfWholes, unitsOf, wholes } from "./decimals.ts";
import { ExactSum, SplitValues } from "./exact-sum.ts";
import { nearest, UNIT_BITS } from "../../test/oracle/rational.ts";
import { runs } from "../../test/property/runs.ts";

const sumOf = (list: readonly number[], scale: number, live: boolean): ExactSum => {
  const sum = new ExactSum(new SplitValues(wholes(Float64Array.from(list), scale)), live, () => {});
  sum.start(0, list.length);
  list.forEach((_, row) => sum.add(row));
  return sum;
};

test("a decimal of at most 15 digits is its whole number of units; what is no decimal is null", () => {
  expect([...wholes(Float64Array.of(0.1, 0.29, -1.005, 2.675, 0, -0, 12, 1e12, 0.0005, 1 / 3), 3)]).toEqual([
    100,
    290,
    -1005,
    2675,
    0,
    0,
    12_000,
    1e15,
    NaN,
    NaN,
  ]);
  expect([...wholes(Float64Array.of(2 ** 53, -(2 ** 53), 2 ** 53 + 2, 0.5, NaN, 5e-324, 1e308, -1e308), 0)]).toEqual([
    2 ** 53,
    -(2 ** 53),
    NaN,
    NaN,
    NaN,
    NaN,
    NaN,
    NaN,
  ]);
  expect([...wholes(Float64Array.of(0.3, 2, 9, 10, 0.123_456_789_012_345), 15)]).toEqual([3e14, 2e15, 9e15, NaN, 123_456_789_012_345]);
  fc.assert(
    fc.property(fc.integer({ min: -1e15, max: 1e15 }), fc.nat(15), (whole, scale) => {
      const x = Number(`${whole}e-${scale}`) + 0;
      expect([...wholes(Float64Array.of(x), scale)]).toEqual([whole + 0]);
    }),
    runs(5000),
  );
});

test("sums and means are those of the decimals, rounded once", () => {
  expect(sumOf([0.1, 0.2], 1, false).over(unitsOf(1))).toBe(0.3);
  const cents = fc.oneof(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: -1e15, max: 1e15 }));
  fc.assert(
    fc.property(fc.array(cents, { minLength: 1, maxLength: 40 }), fc.nat(15), fc.boolean(), (list, scale, live) => {
      const decimals = list.map((whole) => Number(`${whole}e-${scale}`) + 0);
      const sum = sumOf(decimals, scale, live);
      const total = list.reduce((all, whole) => all + BigInt(whole), 0n) << UNIT_BITS;
      const units = 10n ** BigInt(scale);
      expect(sum.over(unitsOf(scale))).toBe(nearest(total, units));
      expect(meanOfWholes(sum, scale)).toBe(nearest(total, units * BigInt(list.length)));
    }),
    runs(2000),
  );
});

test("a mean of so many values that no double is their number of units", () => {
  const list = Array.from({ length: 300_100 }, (_, i) => Number(`${123_456_789_012_345 + 2 * i}e-15`));
  const sum = new ExactSum(new SplitValues(wholes(Float64Array.from(list), 15)), false, () => {});
  sum.start(0, list.length);
  let total = 0n;
  const [means, wanted]: [number[], number[]] = [[], []];
  list.forEach((_, row) => {
    sum.add(row);
    total += BigInt(123_456_789_012_345 + 2 * row);
    if (row < 300_000) return;
    means.push(meanOfWholes(sum, 15));
    wanted.push(nearest(total << UNIT_BITS, BigInt(row + 1) * 10n ** 15n));
  });
  expect(means).toEqual(wanted);
});
