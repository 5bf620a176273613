// A feature view's plan: what to read, which rows count, what to compute in which window. Plain data but for the functions.
import { AGGREGATES } from "../aggregate/aggregates.ts";
import { DefinitionError } from "../errors.ts";
import { fingerprint } from "./fingerprint.ts";
import { mentionedColumns } from "./columns.ts";
import { probe, probeKind } from "./probe.ts";
import type { AggregateName, Window } from "../define/aggregate.ts";
import type { EntityKey } from "../define/entity.ts";
import type { FeatureDefinition, ViewDefinition } from "../define/feature-view.ts";
import { isTimestamp, type Micros } from "../time.ts";
import type { Refresh } from "../define/refresh.ts";
import type { ColumnKind, Value, ValueKind } from "../schema/value-type.ts";
import type { Source } from "../define/source.ts";

/** A function of a row, as the kernel calls it. */
export type RowFunction = (row: Readonly<Record<string, Value>>) => unknown;

/** One row function that features aggregate, evaluated once however many features share it. */
export interface InputPlan {
  readonly value: RowFunction;
  /** What it returns: numbers are float64, bigints int64. */
  readonly kind: ColumnKind;
}

/** One feature: an aggregate of an input in a frame. */
export interface FeaturePlan {
  readonly name: string;
  readonly aggregate: AggregateName;
  /** Index into `inputs`; null for `count()`. */
  readonly input: number | null;
  /** Index into `frames`. */
  readonly frame: number;
  /** What the value is. */
  readonly kind: ValueKind;
  /** What stands for null; null if nothing does. */
  readonly fallback: Value;
}

/** The plan of a feature view. */
export interface ViewPlan {
  readonly name: string;
  /** 16 hexadecimal digits of a hash over all that can change a value. */
  readonly version: string;
  readonly entity: string;
  readonly keys: readonly EntityKey[];
  readonly source: Source<unknown>;
  /** The columns that the row functions mention; a function that reads another is found out while it runs. */
  readonly columns: readonly string[];
  readonly refresh: Refresh;
  readonly maxAge: Micros | null;
  readonly where: RowFunction | null;
  readonly inputs: readonly InputPlan[];
  /** The distinct windows. */
  readonly frames: readonly Window[];
  readonly features: readonly FeaturePlan[];
  /** Whether any feature depends on the order of rows that tie in event time. */
  readonly ordered: boolean;
}

/** Compiles a view's definition. Throws a `DefinitionError` for what cannot be computed. */
export function planView(definition: ViewDefinition): ViewPlan {
  const inputs: InputPlan[] = [];
  const frames: Window[] = [];
  if (definition.where !== null) probe(definition.where as RowFunction, definition.source.schema, `view ${definition.name}, where`);
  const features = definition.features.map((feature): FeaturePlan => {
    const input = inputOf(feature, definition, inputs);
    const aggregate = AGGREGATES[feature.call.aggregate];
    const kind = aggregate.result(input === null ? null : (inputs[input] as InputPlan).kind);
    checkFallback(feature, kind, definition.name);
    return { name: feature.name, aggregate: feature.call.aggregate, input, frame: frameOf(feature.window, frames), kind, fallback: feature.fallback };
  });
  const functions = [...inputs.map((input) => input.value), ...(definition.where === null ? [] : [definition.where as RowFunction])];
  const plan = {
    name: definition.name,
    entity: definition.entity,
    keys: definition.keys,
    source: definition.source,
    columns: mentionedColumns(functions, Object.keys(definition.source.schema)),
    refresh: definition.refresh,
    maxAge: definition.maxAge,
    where: definition.where as RowFunction | null,
    inputs,
    frames,
    features,
    ordered: features.some((feature) => AGGREGATES[feature.aggregate].ordered),
  };
  return Object.freeze({ ...plan, version: fingerprint(plan) });
}

/** The index of a feature's row function among the inputs, added if no feature before has the same one. */
function inputOf(feature: FeatureDefinition, view: ViewDefinition, inputs: InputPlan[]): number | null {
  const value = feature.call.value as RowFunction | null;
  if (value === null) return null;
  const shared = inputs.findIndex((input) => input.value === value);
  if (shared >= 0) return shared;
  const where = `view ${view.name}, feature ${feature.name}`;
  const { declared } = feature.call;
  if (declared !== null) probe(value, view.source.schema, where);
  const kind = (declared as ColumnKind | null) ?? probeKind(value, view.source.schema, where);
  const { accepts } = AGGREGATES[feature.call.aggregate];
  if (!accepts.includes(kind)) {
    throw new DefinitionError({
      code: "DEFINITION_WRONG_INPUT",
      what: `${feature.call.aggregate}(...) of a ${kind}`,
      where,
      cure: `It takes ${accepts.join(", ")}`,
    });
  }
  return inputs.push({ value, kind }) - 1;
}

function frameOf(window: Window, frames: Window[]): number {
  const shared = frames.findIndex((frame) => frame.length === window.length && frame.offset === window.offset);
  return shared >= 0 ? shared : frames.push(window) - 1;
}

const FITS: { readonly [K in ValueKind]: (value: NonNullable<Value>) => boolean } = {
  string: (value) => typeof value === "string",
  float64: (value) => typeof value === "number" && Number.isFinite(value),
  int32: (value) => Number.isInteger(value),
  int64: (value) => typeof value === "bigint" && BigInt.asIntN(64, value) === value,
  int128: (value) => typeof value === "bigint" && BigInt.asIntN(128, value) === value,
  boolean: (value) => typeof value === "boolean",
  timestamp: isTimestamp,
};

function checkFallback({ name, fallback }: FeatureDefinition, kind: ValueKind, view: string): void {
  if (fallback === null || FITS[kind](fallback)) return;
  throw new DefinitionError({
    code: "DEFINITION_BAD_DEFAULT",
    what: `its default ${String(fallback)} is no ${kind}`,
    where: `view ${view}, feature ${name}`,
    cure: `Give a ${kind}, or no default`,
  });
}
