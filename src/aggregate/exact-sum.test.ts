// Exact sums against rationals, in every regime in which additions of doubles go wrong.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bands } from "./bands.ts";
import { ExactSum, SplitValues } from "./exact-sum.ts";
import { roundRatio, SCALE } from "./rounding.ts";
import { nearest, units } from "../../test/oracle/rational.ts";
import { doubleOf, REGIME_NAMES, type RegimeName } from "../../test/property/doubles.ts";
import { chance, runs } from "../../test/property/runs.ts";

const u32 = fc.nat(2 ** 32 - 1);

/** Values of a regime as the kernel has them: finite or null (NaN), and no -0. Some are followed by their negations. */
function values(regime: RegimeName | "mixed", maxLength: number): fc.Arbitrary<number[]> {
  const one = fc.tuple(u32, u32, fc.nat(9)).map(([high, low, kind]) => {
    const x = kind === 0 ? Number.NaN : doubleOf(regime, high, low) + 0;
    return kind === 1 ? [x, 0 - x] : [x];
  });
  return fc.array(one, { minLength: 1, maxLength, size: "max" }).map((list) => list.flat().map((x) => (Number.isFinite(x) ? x : Number.NaN)));
}

/** The sum and mean of the values, by rationals. */
function expected(list: readonly number[]): { readonly sum: number; readonly mean: number | null } {
  const present = list.filter((x) => !Number.isNaN(x));
  const total = present.reduce((sum, x) => sum + units(x), 0n);
  return { sum: nearest(total, 1n), mean: present.length === 0 ? null : nearest(total, BigInt(present.length)) };
}

function actual(sum: ExactSum): ReturnType<typeof expected> {
  return { sum: sum.sum(), mean: sum.count === 0 ? null : sum.mean() };
}

describe.each([...REGIME_NAMES, "mixed" as const])("%s", (regime) => {
  test("sum and mean are rounded once, whatever came and went in between", () => {
    fc.assert(
      fc.property(values(regime, 24), fc.nat(), (list, seed) => {
        const sum = new ExactSum(new SplitValues(Float64Array.from(list)));
        sum.start(0, list.length);
        const below = chance(seed);
        const [waiting, inside] = [list.map((_, i) => i), new Set<number>()];
        while (waiting.length > 0) {
          const [row] = waiting.splice(below(waiting.length), 1) as [number];
          sum.add(row);
          inside.add(row);
          for (const other of inside) {
            if (below(4) > 0) continue;
            sum.remove(other);
            inside.delete(other);
          }
          expect(actual(sum)).toEqual(expected([...inside].map((i) => list[i] as number)));
        }
        for (const row of inside) sum.remove(row);
        expect(actual(sum)).toEqual({ sum: 0, mean: null });
      }),
      runs(300),
    );
  });

  test("bands hold the sum of any doubles, and are as new when cleared", () => {
    const bands = new Bands();
    fc.assert(
      fc.property(values(regime, 24), fc.nat(24), (list, removed) => {
        const present = list.filter((x) => !Number.isNaN(x));
        bands.clear();
        for (const x of present) bands.add(x);
        for (const x of present.slice(0, removed)) bands.remove(x);
        const total = present.slice(removed).reduce((sum, x) => sum + units(x), 0n);
        expect(bands.exact()).toBe(total);
        expect(bands.finish()).toBe(nearest(total, 1n));
      }),
      runs(300),
    );
  });

  test("30,000 rows that slide through a window leave nothing behind", () => {
    const below = chance(7);
    const rows = 30_000;
    const list = Float64Array.from({ length: rows }, () => doubleOf(regime, below(2 ** 32), below(2 ** 32)) + 0).map((x) =>
      Number.isFinite(x) ? x : Number.NaN,
    );
    const sum = new ExactSum(new SplitValues(list));
    sum.start(0, rows);
    let total = 0n;
    const move = (row: number, sign: 1n | -1n): void => {
      if (sign > 0n) sum.add(row);
      else sum.remove(row);
      if (!Number.isNaN(list[row])) total += sign * units(list[row] as number);
    };
    for (let row = 0; row < rows; row++) {
      move(row, 1n);
      if (row >= 9000) move(row - 9000, -1n);
      if (row % 997 === 0) expect(sum.sum()).toBe(nearest(total, 1n));
      if (row % 997 === 0 && sum.count > 0) expect(sum.mean()).toBe(nearest(total, BigInt(sum.count)));
    }
    for (let row = rows - 9000; row < rows; row++) move(row, -1n);
    expect(actual(sum)).toEqual({ sum: 0, mean: null });
  });
});

test("bands carry any number of equal values, and take them back", () => {
  // The last two fill the upper and the lower limb of their band with odd numbers of its unit, as large as can be.
  for (const x of [
    2 ** 40,
    -(2 ** 40) * (1 - 2 ** -53),
    Number.MAX_VALUE,
    2 ** 39 - 2 ** -13,
    Number.MIN_VALUE,
    2 ** -1022 * (2 - 2 ** -52),
    2 ** 770 * (2 - 2 ** -52),
    0.1,
    2 - 2 ** -41,
    2 ** -31 * (1 + 2 ** -11 - 2 ** -52),
  ]) {
    const bands = new Bands();
    for (let n = 1; n <= 5000; n++) {
      bands.add(x);
      if (n % 499 === 0) expect(bands.finish()).toBe(nearest(BigInt(n) * units(x), 1n));
    }
    for (let n = 0; n < 5000; n++) bands.remove(x);
    expect(bands.finish()).toBe(0);
  }
});

test("keys of one set of values do not disturb each other, and several sums share what was cut", () => {
  const list = Float64Array.of(0.1, 0.2, 0.3, 1e-300, 1e300, -1e300, 1e16, 1, 0.1);
  const split = new SplitValues(list);
  const sums = [new ExactSum(split), new ExactSum(split)];
  for (const [from, to] of [
    [0, 3],
    [3, 6],
    [6, 9],
    [3, 6],
    [0, 3],
    [9, 9],
  ] as const) {
    for (const sum of sums) {
      sum.start(from, to);
      for (let row = from; row < to; row++) sum.add(row);
    }
    for (const sum of sums) expect(actual(sum)).toEqual(expected(Array.from(list.subarray(from, to))));
  }
});

test("both ways are taken: near values are cut onto a grid, far ones go to bands", () => {
  const fits = (regime: RegimeName): boolean => {
    const below = chance(1);
    const split = new SplitValues(Float64Array.from({ length: 200 }, () => doubleOf(regime, below(2 ** 32), below(2 ** 32))));
    split.start(0, 200);
    return split.fits;
  };
  expect([fits("integers"), fits("money"), fits("uniform"), fits("tiny")]).toEqual([true, true, true, true]);
  expect([fits("wide"), fits("huge"), fits("subnormal"), fits("halfway")]).toEqual([false, false, false, false]);
});

test("known hard cases", () => {
  const sumOf = (...list: number[]): number => {
    const sum = new ExactSum(new SplitValues(Float64Array.from(list)));
    sum.start(0, list.length);
    list.forEach((_, row) => sum.add(row));
    return sum.sum();
  };
  expect(sumOf(2 ** 53, 1, 2 ** -60)).toBe(2 ** 53 + 2);
  expect(sumOf(1e308, 1e308, -1e308)).toBe(1e308);
  expect(sumOf(Number.MAX_VALUE, 2 ** 970)).toBe(Infinity);
  expect(sumOf(-Number.MAX_VALUE, -Number.MAX_VALUE)).toBe(-Infinity);
  expect(sumOf(Number.MAX_VALUE, 2 ** 970, -Number.MIN_VALUE)).toBe(Number.MAX_VALUE);
  expect(sumOf(0.1, 0.2, -0.3)).toBe(2 ** -55);
  expect(sumOf(5, -5)).toBe(0);
});

test("a mean of equal values is that value, and lies between least and greatest", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 60 }), (x, n) => {
      const sum = new ExactSum(new SplitValues(new Float64Array(n).fill(x + 0)));
      sum.start(0, n);
      for (let row = 0; row < n; row++) sum.add(row);
      expect(sum.mean()).toBe(x + 0);
    }),
    runs(),
  );
});

test("quotients are rounded once, to even, down to the least double and up to infinity", () => {
  const numerator = fc.tuple(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.nat(2200)).map(([n, shift]) => n << BigInt(shift));
  fc.assert(
    fc.property(numerator, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (n, d) => {
      expect(roundRatio(n, BigInt(d), SCALE)).toBe(nearest(n, BigInt(d)));
      expect(roundRatio(n, BigInt(d), 0)).toBe(nearest(n << BigInt(SCALE), BigInt(d)));
    }),
    runs(),
  );
});
