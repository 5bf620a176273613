// Sorted rows beside a plain sort: few and many, tied, null, of either sign and any size, and over again with what is left of the range before.
import fc from "fast-check";
import { expect, test } from "vitest";
import { doubleOf, REGIME_NAMES } from "../../test/property/doubles.ts";
import { runs } from "../../test/property/runs.ts";
import { SortedRows } from "./sorted-rows.ts";

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const given = fc.tuple(fc.constantFrom(...REGIME_NAMES), fc.constantFrom(3, 15, 40, 300, 1500), word, fc.nat(9)).map(([regime, length, seed, ties]) => {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  return Float64Array.from({ length }, (_, i) => {
    if (next() % 10 === 0) return Number.NaN;
    return doubleOf(regime, ties < 5 ? next() % 7 : next(), ties < 5 ? 0 : (next() ^ i) >>> 0) + 0;
  });
});

test("rows are in order of their values, and of themselves where values tie", () => {
  fc.assert(
    fc.property(given, fc.nat(), fc.nat(), (codes, one, other) => {
      const sorted = new SortedRows();
      const cut = one % (codes.length + 1);
      const rest = cut + (other % (codes.length + 1 - cut));
      for (const [from, to] of [
        [0, codes.length],
        [0, cut],
        [cut, rest],
        [cut, codes.length],
      ] as const) {
        sorted.fill(codes, from, to);
        const rows = Array.from({ length: to - from }, (_, i) => from + i).filter((row) => !Number.isNaN(codes[row]));
        const expected = rows.toSorted((a, b) => (codes[a] as number) - (codes[b] as number) || a - b);
        expect(Array.from(sorted.rows.subarray(0, sorted.length))).toEqual(expected);
      }
    }),
    runs(150),
  );
});
