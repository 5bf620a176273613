// min(x): the least value.
import { extreme } from "./extreme.ts";
import type { Aggregation } from "./aggregate.ts";

export const min: Aggregation = extreme(1);
