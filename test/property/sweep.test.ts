// What must make no difference to the kernel: the order of rows, batches, how moments are asked for; and how forms of one thing agree.
import fc from "fast-check";
import { expect, test } from "vitest";
import * as AGGREGATES from "../../src/aggregate/aggregates.ts";
import { caseOf, seeds, type Case, type Seeds } from "./cases.ts";
import { AGGREGATE_NAMES, OF_ENTITIES } from "./features.ts";
import { compareWithOracle, kernelSays } from "./compare.ts";
import { CASES, chance, PATIENCE, runs } from "./runs.ts";
import { REGIME_NAMES } from "./doubles.ts";

test("every aggregate is tried", () => {
  expect([...AGGREGATE_NAMES, OF_ENTITIES].toSorted()).toEqual(Object.keys(AGGREGATES).toSorted());
});

test("rows in any order and any batches give the same bytes", { timeout: PATIENCE }, () => {
  fc.assert(
    fc.property(seeds, fc.nat(), fc.nat(25), (from, order, cut) => {
      const tried = caseOf(from);
      const rows = shuffle(tried.rows, order);
      expect(kernelSays(tried, [rows.slice(0, cut), [], rows.slice(cut)])).toEqual(kernelSays(tried, [tried.rows]));
    }),
    runs(),
  );
});

test("thousands of rows of one key are what the oracle says", { timeout: PATIENCE }, () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...REGIME_NAMES, "mixed" as const), (seed, regime) => compareWithOracle(longCase(seed, regime))),
    runs(Math.max(6, Math.ceil(CASES / 60))),
  );
});

function shuffle<V>(values: readonly V[], seed: number): V[] {
  const below = chance(seed);
  return values
    .map((value) => ({ value, by: below(2 ** 32) }))
    .toSorted((a, b) => a.by - b.by)
    .map(({ value }) => value);
}

/** 5,000 rows, most of one key and many very late, in views of six features: sorts, deques and sums have to grow and carry. */
function longCase(seed: number, regime: Seeds["regime"]): Case {
  const below = chance(seed);
  const list = <V>(length: number, make: () => V): V[] => Array.from({ length }, make);
  const u32 = (): number => below(2 ** 32);
  return caseOf({
    regime,
    range: [40, 400, 999][below(3)] as number,
    base: 991_353_600_000_000,
    source: below(12),
    versions: below(8),
    refresh: below(6),
    where: below(6),
    manyNulls: false,
    features: list(6, () => [below(AGGREGATE_NAMES.length), below(100), below(4), below(100), below(100), below(1000), below(10)] as const),
    rows: list(5000, () => [below(10) === 0 ? below(7) : 0, below(1000), below(100), 1 + below(60), below(30), below(5000), u32(), u32()] as const),
    moments: list(24, () => [below(6), below(100), below(8), below(3) - 1] as const),
  });
}
