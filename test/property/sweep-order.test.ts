// The kernel against the oracle, over rows that collide in every way: what depends on the order of rows.
import fc from "fast-check";
import { test } from "vitest";
import { caseOf, seeds } from "./cases.ts";
import { checkAgainstOracle } from "./against-oracle.ts";
import { compareWithOracle } from "./compare.ts";
import { GROUPS, OF_ENTITIES } from "./features.ts";
import { PATIENCE, runs } from "./runs.ts";

checkAgainstOracle(GROUPS.order);

test("the latest row of an entity source is what the oracle says", { timeout: PATIENCE }, () => {
  fc.assert(
    fc.property(seeds, (from) => compareWithOracle(caseOf(from, { aggregate: OF_ENTITIES }))),
    runs(),
  );
});
