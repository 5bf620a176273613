// Exact sums against rationals, in every regime in which additions of doubles go wrong.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bands, type Dyadic } from "./bands.ts";
import { ExactSum, SplitValues } from "./exact-sum.ts";
import { leading, roundRatio, SCALE } from "./rounding.ts";
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
  return { sum: sum.over(1), mean: sum.count === 0 ? null : sum.over(sum.count) };
}

/** The sum of a key's rows, of which none is in yet. */
function sumOf(list: readonly number[] | Float64Array, live = false): ExactSum {
  const sum = new ExactSum(new SplitValues(Float64Array.from(list)), live, () => {});
  sum.start(0, list.length);
  return sum;
}

/** The whole multiple of 2^-1074 that a sum of doubles is. */
function unitsIn({ digits, exponent }: Dyadic): bigint {
  const shift = BigInt(exponent + SCALE);
  const whole = shift < 0n ? digits >> -shift : digits << shift;
  expect(shift < 0n ? whole << -shift : digits).toBe(digits);
  return whole;
}

describe.each([...REGIME_NAMES, "mixed" as const])("%s", (regime) => {
  test("sum and mean are rounded once, whatever came and went in between", () => {
    fc.assert(
      fc.property(values(regime, 24), fc.nat(), (list, seed) => {
        const sum = sumOf(list);
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
        for (const x of present.slice(0, removed)) bands.add(-x);
        const total = present.slice(removed).reduce((sum, x) => sum + units(x), 0n);
        expect(unitsIn(bands.exact())).toBe(total);
        expect(bands.over(1)).toBe(nearest(total, 1n));
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
    const sum = sumOf(list);
    let total = 0n;
    const move = (row: number, sign: 1n | -1n): void => {
      if (sign > 0n) sum.add(row);
      else sum.remove(row);
      if (!Number.isNaN(list[row])) total += sign * units(list[row] as number);
    };
    for (let row = 0; row < rows; row++) {
      move(row, 1n);
      if (row >= 9000) move(row - 9000, -1n);
      if (row % 997 === 0) expect(sum.over(1)).toBe(nearest(total, 1n));
      if (row % 997 === 0 && sum.count > 0) expect(sum.over(sum.count)).toBe(nearest(total, BigInt(sum.count)));
    }
    for (let row = rows - 9000; row < rows; row++) move(row, -1n);
    expect(actual(sum)).toEqual({ sum: 0, mean: null });
  });
});

describe.each([...REGIME_NAMES, "mixed" as const])("summaries, %s", (regime) => {
  test("merged in any grouping they are the same bytes, and the same sum", () => {
    fc.assert(
      fc.property(values(regime, 24), fc.nat(), (list, seed) => {
        const below = chance(seed);
        const parts = Array.from({ length: 1 + below(5) }, () => sumOf(list, true));
        const whole = sumOf(list, true);
        list.forEach((_, row) => {
          whole.add(row);
          (parts[below(parts.length)] as ExactSum).add(row);
        });
        while (parts.length > 1) {
          const [one] = parts.splice(below(parts.length), 1) as [ExactSum];
          (parts[below(parts.length)] as ExactSum).merge(0, 0, one.summary().numbers);
        }
        const [merged] = parts as [ExactSum];
        expect(merged.summary()).toEqual(whole.summary());
        expect(actual(merged)).toEqual(expected(list));
        expect(actual(whole)).toEqual(expected(list));
        expect(merged.summary().numbers.every((x) => Number.isFinite(x) && !Object.is(x, -0))).toBe(true);
      }),
      runs(300),
    );
  });
});

test("sums of doubles times any powers of two: read, summarised, merged and moved", () => {
  const term = fc.tuple(fc.constantFrom(...REGIME_NAMES, "mixed" as const), u32, u32, fc.integer({ min: -3000, max: 3000 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(term, { maxLength: 20 }), fc.double({ min: 1, max: 2, maxExcluded: true, noNaN: true }), fc.nat(20), (terms, divisor, removed) => {
      const list = terms.map(([regime, high, low, exponent, near]) => [doubleOf(regime, high, low) + 0, near ? exponent % 60 : exponent] as const);
      const finite = list.filter(([x]) => Number.isFinite(x));
      const [bands, twin] = [new Bands(), new Bands()];
      for (const [x, exponent] of finite) bands.add(x, exponent);
      for (const [x, exponent] of finite.slice(0, removed)) bands.add(-x, exponent);
      const total = finite.slice(removed).reduce((sum, [x, exponent]) => sum + (units(x) << BigInt(exponent + 3000)), 0n);
      // `total` counts units of 2^-4074, the divisor units of 2^-1074.
      for (const down of [0, 60, -1000, 3000])
        expect(bands.over(divisor, down)).toBe(nearest(total << BigInt(1074 + 3000), units(divisor) << BigInt(down + 6000)));
      const anchored = bands.components(1_000_000_000_007);
      twin.merge(anchored, 0, anchored.length, 1_000_000_000_007);
      twin.shift(7);
      expect(twin.components(-224)).toEqual(bands.components());
      expect(twin.over(divisor, 224)).toBe(bands.over(divisor));
    }),
    runs(2000),
  );
});

test("a sum whose digits reach from one end to the other is summarised on scales of its own, and read", () => {
  for (const length of [24, 25, 26, 27, 28, 29, 30, 31, 40, 150]) {
    const [bands, twin] = [new Bands(), new Bands()];
    const terms = Array.from({ length }, (_, i) => [(i % 2 === 0 ? 1 : -1) * (1 + ((i * 7919) % 1000) * 2 ** -52), 32 * i - 1500] as const);
    for (const [x, exponent] of terms) bands.add(x, exponent);
    const total = terms.reduce((sum, [x, exponent]) => sum + (units(x) << BigInt(exponent + 1500)), 0n);
    for (const down of [-1500, 32 * length - 1500]) expect(bands.over(3, down)).toBe(nearest(total, 3n << BigInt(down + 1500)));
    const components = bands.components();
    twin.merge(components, 0, components.length);
    expect(twin.over(3, -1500)).toBe(bands.over(3, -1500));
    expect(twin.components()).toEqual(bands.components());
  }
});

test("the leading 53 bits of a whole number", () => {
  expect([1n, -1n, 2n ** 60n - 1n, -(2n ** 54n) - 3n, 2n ** 53n - 1n].map(leading)).toEqual([
    { mantissa: 1, shift: 0 },
    { mantissa: -1, shift: 0 },
    { mantissa: 1, shift: 60 },
    { mantissa: -1 - 2 ** -52, shift: 54 },
    { mantissa: 2 - 2 ** -52, shift: 52 },
  ]);
});

test("bands that are empty again are let go of, however far a sum moves", () => {
  const bands = new Bands();
  const terms = Array.from({ length: 20_000 }, (_, i) => [(i % 7) + 0.1, 3 * i] as const);
  terms.forEach(([x, exponent], i) => {
    bands.add(x, exponent);
    if (i >= 20) bands.add(-(terms[i - 20] as readonly [number, number])[0], exponent - 60);
    if (i % 977 !== 0 || i < 20) return;
    const inside = terms.slice(i - 19, i + 1).reduce((sum, [value, at]) => sum + (units(value) << BigInt(at - exponent + 57)), 0n);
    expect(bands.over(1, exponent)).toBe(nearest(inside, 1n << 57n));
  });
  expect(bands.capacity).toBe(8);
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
      if (n % 499 === 0) expect(bands.over(1)).toBe(nearest(BigInt(n) * units(x), 1n));
    }
    for (let n = 0; n < 5000; n++) bands.add(-x);
    expect([bands.over(1), bands.components()]).toEqual([0, []]);
  }
});

test("the last of the bands takes carries, and no values of its own", () => {
  for (const [x, times] of [
    [2 ** 128, 1000],
    [(2 ** 53 - 1) * 2 ** 100, 6000],
    [(2 ** 53 - 1) * 2 ** 107, 6000],
  ] as const) {
    const bands = new Bands();
    bands.add(1); // the first of the bands is two below this one, the last five above
    for (let i = 0; i < times; i++) bands.add(x);
    expect(bands.over(1)).toBe(nearest(units(x) * BigInt(times) + units(1), 1n));
    for (let i = 0; i < times; i++) bands.add(-x);
    expect(bands.over(1)).toBe(1);
  }
});

test("keys of one set of values do not disturb each other, and several sums share what was cut", () => {
  const list = Float64Array.of(0.1, 0.2, 0.3, 1e-300, 1e300, -1e300, 1e16, 1, 0.1, 5, 7, 11);
  const split = new SplitValues(list);
  const sums = [false, false, true].map((live) => new ExactSum(split, live, () => {}));
  for (const [from, to] of [
    [0, 3],
    [3, 6],
    [6, 9],
    [3, 6],
    [0, 3],
    [9, 9],
    [10, 12],
    [9, 12],
    [9, 11],
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
  const total = (...list: number[]): number => {
    const sums = [sumOf(list), sumOf(list, true)];
    for (const sum of sums) list.forEach((_, row) => sum.add(row));
    const [sum, live] = sums.map((of) => of.over(1));
    expect(live).toBe(sum);
    return sum as number;
  };
  expect(total(2 ** 53, 1, 2 ** -60)).toBe(2 ** 53 + 2);
  expect(total(1e308, 1e308, -1e308)).toBe(1e308);
  expect(total(Number.MAX_VALUE, 2 ** 970)).toBe(Infinity);
  expect(total(-Number.MAX_VALUE, -Number.MAX_VALUE)).toBe(-Infinity);
  expect(total(Number.MAX_VALUE, 2 ** 970, -Number.MIN_VALUE)).toBe(Number.MAX_VALUE);
  expect(total(0.1, 0.2, -0.3)).toBe(2 ** -55);
  expect(total(5, -5)).toBe(0);
});

test("a mean of equal values is that value, and lies between least and greatest", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 60 }), (x, n) => {
      const sum = sumOf(new Float64Array(n).fill(x + 0));
      for (let row = 0; row < n; row++) sum.add(row);
      expect(sum.over(n)).toBe(x + 0);
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
