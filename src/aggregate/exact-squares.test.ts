// Variances against rationals: any doubles and whole numbers, however rows come, go and are merged.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExactSquares, halved } from "./exact-squares.ts";
import { nearest, units, UNIT_BITS } from "../../test/oracle/rational.ts";
import { doubleOf, REGIME_NAMES } from "../../test/property/doubles.ts";
import { chance, runs } from "../../test/property/runs.ts";
import type { Column } from "../schema/column.ts";

/** Null is NaN. */
const columnOf = (numbers: readonly number[]): Column => ({ kind: "float64", numbers: Float64Array.from(numbers) });

const int64ColumnOf = (list: readonly (bigint | null)[]): Column => ({
  kind: "int64",
  words: BigInt64Array.from(list, (x) => x ?? 0n),
  valid: Uint8Array.from(list, (x) => (x === null ? 0 : 1)),
});

function squaresOf(column: Column): ExactSquares {
  const squares = new ExactSquares(halved(column), () => {});
  squares.start();
  return squares;
}

/** The sample variance of whole numbers of units, in units of 2^-1074 where 1 is `one` units; NaN of fewer than two. */
function expected(list: readonly bigint[], one: bigint): number {
  const n = BigInt(list.length);
  if (n < 2n) return Number.NaN;
  const sum = list.reduce((total, x) => total + x, 0n);
  const squares = list.reduce((total, x) => total + x * x, 0n);
  return nearest((n * squares - sum * sum) << UNIT_BITS, n * (n - 1n) * one * one);
}

/** Adds and removes rows by chance, and merges what is in from parts: always the same as of the rows that are in. */
function check(column: Column, list: readonly (bigint | null)[], one: bigint, seed: number): void {
  const below = chance(seed);
  const squares = squaresOf(column);
  const inside = new Set<number>();
  const wanted = (): number =>
    expected(
      [...inside].flatMap((row) => list[row] ?? []),
      one,
    );
  for (const row of list.keys()) {
    squares.add(row);
    inside.add(row);
    for (const other of inside) {
      if (below(5) > 0) continue;
      squares.remove(other);
      inside.delete(other);
    }
    expect(squares.variance()).toBe(wanted());
  }
  const parts = [0, 1, 2].map(() => squaresOf(column)) as [ExactSquares, ExactSquares, ExactSquares];
  for (const row of inside) (parts[below(3)] as ExactSquares).add(row);
  const [merged, ...others] = parts;
  for (const other of others) merged.merge(0, 0, other.summary().numbers);
  expect(merged.summary()).toEqual(squares.summary());
  expect(merged.summary().numbers.every((x) => Number.isFinite(x) && !Object.is(x, -0))).toBe(true);
  expect(merged.variance()).toBe(wanted());
  for (const row of inside) squares.remove(row);
  expect(squares.summary()).toEqual({ rows: [], numbers: [0, 0] });
}

const u32 = fc.nat(2 ** 32 - 1);

describe.each([...REGIME_NAMES, "mixed" as const])("%s", (regime) => {
  const one = fc.tuple(u32, u32, fc.nat(9)).map(([high, low, kind]) => {
    const x = kind === 0 ? Number.NaN : doubleOf(regime, high, low) + 0;
    return Number.isFinite(x) ? (kind === 1 ? [x, x] : [x]) : [Number.NaN];
  });
  test("a variance is rounded once", () => {
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 12 }), fc.nat(), (lists, seed) => {
        const list = lists.flat();
        const whole = list.map((x) => (Number.isNaN(x) ? null : units(x)));
        check(columnOf(list), whole, 1n << UNIT_BITS, seed);
      }),
      runs(150),
    );
  });
});

test("of int64 too, beyond the whole numbers that doubles hold", () => {
  const int64 = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: 2n ** 62n, max: 2n ** 62n + 5n }),
    fc.bigInt({ min: -100n, max: 100n }),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, null),
  );
  fc.assert(
    fc.property(fc.array(int64, { minLength: 1, maxLength: 12 }), fc.nat(), (list, seed) => check(int64ColumnOf(list), list, 1n, seed)),
    runs(500),
  );
});

test("near and equal values: never negative, 0 of equal ones", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 2, max: 30 }), fc.nat(), (base, n, seed) => {
      const below = chance(seed);
      const x = base + 0;
      const near = Array.from({ length: n }, () => x * (1 + below(3) * 2 ** -52)).filter(Number.isFinite);
      check(columnOf(near), near.map(units), 1n << UNIT_BITS, seed);
      const squares = squaresOf(columnOf(Array.from({ length: n }, () => x)));
      for (let row = 0; row < n; row++) squares.add(row);
      expect(squares.variance()).toBe(0);
    }),
    runs(300),
  );
});

test("a variance below the normal doubles is rounded once, not to 53 bits first", () => {
  for (let i = 1; i <= 200; i++) {
    const numbers = [0, (1 + ((i * 2_654_435_769) % 2 ** 32) * 2 ** -33) * 2 ** -511 * (1 + (i % 3) * 2 ** -45)];
    check(columnOf(numbers), numbers.map(units), units(1), i);
  }
});
