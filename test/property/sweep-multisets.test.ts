// The kernel against the oracle, over rows that collide in every way: what depends on which values there are.
import { checkAgainstOracle } from "./against-oracle.ts";
import { GROUPS } from "./features.ts";

checkAgainstOracle(GROUPS.multisets);
