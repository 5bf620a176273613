// Local ranks and sorted rows against sorted lists, for few rows and many, whole and in groups.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LocalRanks } from "./local-ranks.ts";
import { SortedRows } from "./sorted-rows.ts";
import { chance, runs } from "../../test/property/runs.ts";

type Draw = (below: (limit: number) => number) => number;

/** Values of many kinds; one in nine is null. */
const DRAWS: Readonly<Record<string, Draw>> = {
  few: (below) => below(5),
  negative: (below) => below(5) - 3,
  halves: (below) => below(9) / 2,
  ids: (below) => below(3000),
  money: (below) => (below(20_000) - 10_000) / 100,
  doubles: (below) => (below(2 ** 32) - 2 ** 31) * (below(2 ** 32) + 1) * (below(2) === 0 ? 1e-300 : 1e250),
  neighbours: (below) => (below(2) === 0 ? -1 : 1) * (1 + below(3000) * 2 ** -52),
  times: (below) => 1_790_000_000_000_000 + below(2 ** 32),
};

function codesOf(draw: Draw, length: number, seed: number): Float64Array {
  const below = chance(seed);
  return Float64Array.from({ length }, () => (below(9) === 0 ? Number.NaN : draw(below) + 0));
}

describe.each(Object.entries(DRAWS))("%s", (_, draw) => {
  test("rows are sorted by value, then by row", () => {
    const sorted = new SortedRows();
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2, 15, 16, 17, 33, 100, 255, 256, 300, 1500), fc.nat(7), fc.nat(), (length, from, seed) => {
        const codes = codesOf(draw, length + from + 3, seed);
        sorted.fill(codes, from, from + length);
        const naive = Array.from({ length }, (_, i) => from + i)
          .filter((row) => !Number.isNaN(codes[row]))
          .sort((a, b) => (codes[a] as number) - (codes[b] as number) || a - b);
        expect(Array.from(sorted.rows.subarray(0, sorted.length))).toEqual(naive);
      }),
      runs(100),
    );
  });

  test.each([null, "few", "ids"])("ranks are in order of the values, and small, in groups by %s", (by) => {
    fc.assert(
      fc.property(fc.constantFrom(1, 5, 40, 400), fc.nat(), (length, seed) => {
        const codes = codesOf(draw, 3 * length, seed);
        const groups = by === null ? null : codesOf(DRAWS[by] as Draw, 3 * length, seed + 1);
        const local = new LocalRanks(codes, groups === null ? null : new LocalRanks(groups, null));
        for (const [first, end] of [
          [0.5, 1],
          [0, 1],
          [1, 2],
          [1, 2],
          [2, 3],
          [0, 1],
        ] as const) {
          const [from, to] = [Math.floor(first * length), end * length];
          local.start(from, to);
          const ofGroup = new Map<number, number[]>();
          for (let row = from; row < to; row++) {
            const group = groups?.[row] ?? 0;
            if (!Number.isNaN(codes[row]) && !Number.isNaN(group)) ofGroup.set(group, [...(ofGroup.get(group) ?? []), row]);
          }
          for (const rows of ofGroup.values()) {
            rows.sort((a, b) => (codes[a] as number) - (codes[b] as number));
            const ranks = rows.map((row) => local.ranks[row] as number);
            const isRight = rows
              .slice(1)
              .every((row, i) => Math.sign((ranks[i + 1] as number) - (ranks[i] as number)) === (codes[row] === codes[rows[i] as number] ? 0 : 1));
            if (!isRight || (ranks[0] as number) < 0 || (ranks.at(-1) as number) >= Math.max(256, rows.length))
              expect.fail(`${rows.map((row) => codes[row])} have the ranks ${ranks}`);
          }
        }
      }),
      runs(30),
    );
  });
});

test("what is null has no rank", () => {
  const many = Float64Array.from({ length: 400 }, (_, i) => (i % 3 === 0 ? Number.NaN : i / 2));
  for (const codes of [many, many.map((x) => Math.trunc(x % 7))]) {
    const local = new LocalRanks(codes, null);
    local.start(0, 400);
    expect(Array.from(local.ranks, (rank) => rank < 0)).toEqual(Array.from(codes, (code) => Number.isNaN(code)));
  }
});

test("what has no group has no rank", () => {
  const codes = Float64Array.from({ length: 400 }, (_, i) => i / 2);
  const groups = codes.map((x) => (x % 3 === 0 ? Number.NaN : x % 2));
  const local = new LocalRanks(codes, new LocalRanks(groups, null));
  local.start(0, 400);
  expect(Array.from(local.ranks, (rank) => rank < 0)).toEqual(Array.from(groups, (group) => Number.isNaN(group)));
});

test("whole numbers below what is few are ranks as they are; one that is not has all ranked", () => {
  const codes = Float64Array.of(700, 3, Number.NaN, 999, 3);
  const ranksOf = (few: number): number[] => {
    const local = new LocalRanks(codes, null, few);
    local.start(0, codes.length);
    return Array.from(local.ranks);
  };
  expect(ranksOf(1000)).toEqual([700, 3, -1, 999, 3]);
  expect(ranksOf(999)).toEqual([1, 0, -1, 2, 0]);
});
