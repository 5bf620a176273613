// max(x): the greatest value.
import { extreme } from "./extreme.ts";
import type { Aggregation } from "./aggregate.ts";

export const max: Aggregation = extreme(-1);
