// The kernel against the oracle, over rows that collide in every way: counts and exact arithmetic.
import { checkAgainstOracle } from "./against-oracle.ts";
import { GROUPS } from "./features.ts";

checkAgainstOracle(GROUPS.sums);
