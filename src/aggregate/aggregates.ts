// The aggregates by name: a new one is a file of its own and a line here.
import { count } from "./count.ts";
import { last } from "./last.ts";
import { max } from "./max.ts";
import { mean } from "./mean.ts";
import { min } from "./min.ts";
import { sum } from "./sum.ts";
import type { Aggregation } from "./aggregate.ts";
import type { AggregateName } from "../define/aggregate.ts";

export const AGGREGATES: Readonly<Record<AggregateName, Aggregation>> = { count, sum, mean, min, max, last };
