// What must make no difference to the kernel: the order of rows, batches, how moments are asked for; and how forms of one thing agree.
import fc from "fast-check";
import { expect, test } from "vitest";
import * as AGGREGATES from "../../src/aggregate/aggregates.ts";
import { caseOf, seeds } from "./cases.ts";
import { AGGREGATE_NAMES, OF_ENTITIES } from "./features.ts";
import { compareWithOracle, kernelSays } from "./compare.ts";
import { CASES, chance, PATIENCE, runs } from "./runs.ts";
import { longCase } from "./long-case.ts";
import { REGIME_NAMES } from "./doubles.ts";

test("every aggregate is tried", () => {
  expect([...AGGREGATE_NAMES, OF_ENTITIES].toSorted()).toEqual(Object.keys(AGGREGATES).toSorted());
});

test("views of several aggregates are what the oracle says", { timeout: PATIENCE }, () => {
  fc.assert(
    fc.property(seeds, (from) => compareWithOracle(caseOf(from))),
    runs(),
  );
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

test("thousands of rows of one key are what the oracle says", { timeout: 2 * PATIENCE }, () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...REGIME_NAMES, "mixed" as const), (seed, regime) => compareWithOracle(longCase(seed, regime))),
    runs(Math.max(6, Math.ceil(CASES / 100))),
  );
});

function shuffle<V>(values: readonly V[], seed: number): V[] {
  const below = chance(seed);
  return values
    .map((value) => ({ value, by: below(2 ** 32) }))
    .toSorted((a, b) => a.by - b.by)
    .map(({ value }) => value);
}
