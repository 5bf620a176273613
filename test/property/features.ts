// Features for cases: every aggregate there is, of inputs of every kind that it takes, whole or by key, in every kind of window.
import fc from "fast-check";
import * as AGGREGATES from "../../src/aggregate/aggregates.ts";
import { INPUTS } from "./inputs.ts";
import { MAP_KEYS } from "../../src/schema/vector.ts";
import { windowOf } from "../../src/define/aggregate.ts";
import type { AggregateCall, AggregateName, Parameters } from "../../src/define/aggregate-call.ts";
import type { FeatureDefinition } from "../../src/define/feature-view.ts";
import type { ColumnKind } from "../../src/schema/value-type.ts";
import type { Window } from "../../src/define/window.ts";

export const WINDOW_KINDS = ["sliding", "offset", "lifetime", "session"] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number];

/** The aggregates, in groups that are tried side by side. */
export const GROUPS = {
  sums: ["count", "sum", "mean", "variance", "stddev", "decayedSum", "decayedCount"],
  order: ["first", "firstN", "last", "lastN", "exists", "timeSinceLast", "currentItems", "streak"],
  multisets: ["min", "max", "quantile", "distinctCount", "distinctLastN", "topK", "valueCounts"],
} as const satisfies Record<string, readonly AggregateName[]>;
export const AGGREGATE_NAMES: readonly AggregateName[] = Object.values(GROUPS).flat();

/** What views of entity sources take instead. */
export const OF_ENTITIES = "latest" satisfies AggregateName;

/** Half-lives are of whole milliseconds, so that rows must lie further apart than others to fade. */
export const FADING: readonly AggregateName[] = ["decayedSum", "decayedCount"];

/** A feature as whole numbers, so that it shrinks: what it is of, its window, its parameters, and its key. */
export type FeatureSeed = readonly [aggregate: number, input: number, window: number, length: number, offset: number, parameter: number, by: number];

export const featureSeed: fc.Arbitrary<FeatureSeed> = fc.tuple(
  fc.nat(AGGREGATE_NAMES.length - 1),
  fc.nat(99),
  fc.nat(WINDOW_KINDS.length - 1),
  fc.nat(99),
  fc.nat(99),
  fc.nat(999),
  fc.nat(9),
);

/** What is asked of a feature: what is not said is as its seed has it. */
export interface Asked {
  readonly aggregate?: AggregateName;
  readonly window?: WindowKind;
  readonly by?: boolean;
}

/** The feature of a seed, for times within `range` microseconds. */
export function featureOf(seed: FeatureSeed, range: number, asked: Asked = {}): FeatureDefinition {
  const [at, , window, length, offset, , by] = seed;
  const aggregate = asked.aggregate ?? AGGREGATE_NAMES[at] ?? "count";
  const call = callOf(seed, range, aggregate, asked.by ?? (by > 7 && aggregate !== OF_ENTITIES));
  const scale = range > 1000 ? 30_011 : 1;
  const long = 1 + ((length * scale) % range);
  const windows: Record<WindowKind, Window> = {
    sliding: { length: long, offset: 0, gap: null },
    offset: { length: long, offset: 1 + ((offset * scale) % range), gap: null },
    lifetime: { length: Infinity, offset: 0, gap: null },
    session: { length: Infinity, offset: 0, gap: 1 + ((length * scale) % (1 + (range >> 1))) },
  };
  return {
    name: "",
    call,
    window: windowOf(call, windows[aggregate === OF_ENTITIES ? "lifetime" : (asked.window ?? WINDOW_KINDS[window] ?? "sliding")]),
    fallback: null,
  };
}

function callOf(seed: FeatureSeed, range: number, aggregate: AggregateName, isBy: boolean): AggregateCall {
  const [, input, , , , parameter, by] = seed;
  const { accepts, form } = AGGREGATES[aggregate];
  // Doubles are where most can go wrong.
  const kinds: readonly ColumnKind[] = accepts.includes("float64") ? ["float64", "float64", ...accepts] : accepts;
  const none = kinds.length === 0 || (form?.value === "optional" && input % 2 === 0);
  const declared = none ? null : (kinds[input % kinds.length] as ColumnKind);
  const keys = MAP_KEYS[(input + by) % MAP_KEYS.length] as ColumnKind;
  return {
    aggregate,
    value: declared === null ? null : oneOf(INPUTS[declared], Math.floor(input / 7)),
    declared,
    add: aggregate === "currentItems" ? oneOf(INPUTS.boolean, parameter) : null,
    by: isBy ? { value: oneOf(INPUTS[keys], parameter), declared: keys } : null,
    parameters: { ...parametersOf(aggregate, declared, parameter, range), ...(isBy ? { byLimit: oneOf(LIMITS, parameter) } : {}) },
  };
}

const LIMITS = [10_000, 3, 2, 10_000, 1, 5, 10_000] as const;
const COUNTS = [1, 2, 3, 5, 40] as const;
const QUANTILES = ["0.5", "0", "1", "0.29", "0.9", "0.25", "1e-7", "0.3333333333333333", "0.07", "0.9999999999999999"] as const;

function parametersOf(aggregate: AggregateName, declared: ColumnKind | null, seed: number, range: number): Parameters {
  const { form } = AGGREGATES[aggregate];
  if (form === null) return { halfLife: 1000 * oneOf([1, 1 + (seed % 50), 1 + (range >> 13), 1, 86_400_000, 3_155_760_000_000], seed) };
  const scale = form.options.includes("scale") && declared === "float64" ? [undefined, 2, 0, 1, undefined, 15][seed % 6] : undefined;
  return {
    ...(form.number === "n" ? { n: oneOf(COUNTS, seed) } : {}),
    ...(form.number === "p" ? { p: oneOf(QUANTILES, seed) } : {}),
    ...(form.options.includes("limit") ? { limit: oneOf(LIMITS, Math.floor(seed / 5)) } : {}),
    ...(scale === undefined ? {} : { scale }),
  };
}

function oneOf<V>(list: readonly V[], seed: number): V {
  return list[seed % list.length] as V;
}
