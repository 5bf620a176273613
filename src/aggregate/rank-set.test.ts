// Sets of ranks against JavaScript's own sets, sorted.
import fc from "fast-check";
import { expect, test } from "vitest";
import { RankSet } from "./rank-set.ts";
import { chance, runs } from "../../test/property/runs.ts";

/** Numbers that fall onto the edges of words and of nodes. */
const rank = fc.oneof(
  fc.nat(40),
  fc.nat(1100),
  fc.nat(40_000),
  fc.tuple(fc.constantFrom(32, 1024, 32_768, 2 ** 20), fc.integer({ min: -2, max: 2 })).map(([edge, by]) => edge + by),
);

test("first, last and both neighbours of any number that was ever in", () => {
  fc.assert(
    fc.property(fc.array(rank, { maxLength: 40, size: "max" }), fc.nat(), (ranks, seed) => {
      const below = chance(seed);
      const [set, naive, ever] = [new RankSet(), new Set<number>(), new Set([0])];
      for (const rank of ranks) {
        set.add(rank);
        naive.add(rank);
        ever.add(rank);
        const out = [...naive][below(naive.size)] as number;
        if (below(3) === 0) {
          set.remove(out);
          naive.delete(out);
        }
        const sorted = [...naive].sort((a, b) => a - b);
        expect([set.first, set.last]).toEqual([sorted[0] ?? -1, sorted.at(-1) ?? -1]);
        const from = [...ever];
        expect(from.map((at) => [set.before(at), set.after(at)])).toEqual(
          from.map((at) => [sorted.findLast((x) => x < at) ?? -1, sorted.find((x) => x > at) ?? -1]),
        );
      }
    }),
    runs(300),
  );
});

test("what is in stays in while the tree grows", () => {
  const set = new RankSet();
  for (const rank of [31, 32, 1023, 1024, 32_767, 32_768, 2 ** 20 - 1, 2 ** 20]) set.add(rank);
  const all: number[] = [];
  for (let rank = set.first; rank >= 0; rank = set.after(rank)) all.push(rank);
  expect(all).toEqual([31, 32, 1023, 1024, 32_767, 32_768, 2 ** 20 - 1, 2 ** 20]);
});
