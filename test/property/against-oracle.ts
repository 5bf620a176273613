// Every aggregate of a group against the oracle, whole in each kind of window and by key in any.
import fc from "fast-check";
import { describe, test } from "vitest";
import { caseOf, seeds } from "./cases.ts";
import { compareWithOracle } from "./compare.ts";
import { WINDOW_KINDS } from "./features.ts";
import { PATIENCE, runs } from "./runs.ts";
import type { AggregateName } from "../../src/define/aggregate-call.ts";

/** Declares the tests of a group of aggregates, bit for bit. */
export function checkAgainstOracle(group: readonly AggregateName[]): void {
  describe.each(group)("%s", (aggregate) => {
    test.each(WINDOW_KINDS)("in a %s window is what the oracle says", { timeout: PATIENCE }, (window) => {
      fc.assert(
        fc.property(seeds, (from) => compareWithOracle(caseOf(from, { aggregate, window, by: false }))),
        runs(),
      );
    });

    test("by key is what the oracle says", { timeout: PATIENCE }, () => {
      fc.assert(
        fc.property(seeds, (from) => compareWithOracle(caseOf(from, { aggregate, by: true }))),
        runs(),
      );
    });
  });
}
