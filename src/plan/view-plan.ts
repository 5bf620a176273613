// A feature view's plan: what to read, which rows count, what to compute in which window. Plain data but for the functions.
import { aggregation, kindOfCall } from "../aggregate/run.ts";
import { DefinitionError } from "../errors.ts";
import { told } from "../define/given.ts";
import { fingerprint } from "./fingerprint.ts";
import { inexactMathOf } from "./pure.ts";
import { mathFingerprint } from "./math-probe.ts";
import { mentionedColumns } from "./columns.ts";
import { probe, probeKind } from "./probe.ts";
import type { AggregateCall, AggregateName, Parameters } from "../define/aggregate-call.ts";
import type { EntityKey } from "../define/entity.ts";
import type { ViewDefinition } from "../define/feature-view.ts";
import { isTimestamp, type Micros } from "../time.ts";
import type { Refresh } from "../define/refresh.ts";
import { kindText, MAP_KEYS } from "../schema/vector.ts";
import type { ColumnKind, ScalarKind, Schema, Value, ValueKind } from "../schema/value-type.ts";
import type { Source } from "../define/source.ts";
import type { Window } from "../define/window.ts";

/** A function of a row, as the kernel calls it. */
export type RowFunction = (row: Readonly<Record<string, Value>>) => unknown;

/** One row function that features aggregate, evaluated once however many features share it. */
export interface InputPlan {
  readonly value: RowFunction;
  /** What it returns: numbers are float64, bigints int64. */
  readonly kind: ColumnKind;
}

/** One aggregate of inputs. Those are indices into the view's `inputs`, null where there is none. */
export interface CallPlan {
  readonly aggregate: AggregateName;
  readonly value: number | null;
  readonly add: number | null;
  readonly by: number | null;
  readonly parameters: Parameters;
}

/** One feature: an aggregate in a frame. */
export interface FeaturePlan {
  readonly name: string;
  readonly call: CallPlan;
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
  /** Whether rows count as the source's stream brings them: what comes too late or too far ahead then counts nowhere. */
  readonly streamed: boolean;
  /** Whether any feature depends on the order of rows that tie in event time. */
  readonly ordered: boolean;
}

/** Compiles a view's definition. Throws a `DefinitionError` for what cannot be computed. */
export function planView(definition: ViewDefinition): ViewPlan {
  const inputs: InputPlan[] = [];
  const frames: Window[] = [];
  if (definition.where !== null) probe(definition.where as RowFunction, definition.source.schema, `view ${definition.name}, where`);
  const deletes = definition.source.kind === "entity" && definition.source.deleted !== null ? inputs.push(deletesOf(definition.source.deleted)) - 1 : null;
  const features = definition.features.map((feature): FeaturePlan => {
    const where = `view ${definition.name}, feature ${feature.name}`;
    const call = { ...planCall(feature.call, definition.source.schema, inputs, where), ...(deletes === null ? {} : { add: deletes }) };
    const kind = kindOfCall(
      call,
      inputs.map((input) => input.kind),
    );
    checkFallback(feature.fallback, kind, where);
    return { name: feature.name, call, frame: frameOf(feature.window, frames), kind, fallback: feature.fallback };
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
    streamed: definition.source.stream !== null && definition.refresh.kind === "streaming",
    ordered: features.some(({ call }) => aggregation(call.aggregate).ordered),
  };
  let version: string | null = null;
  return Object.freeze({
    ...plan,
    /** Found when it is first asked for: looking into functions takes longer than all the rest. */
    get version(): string {
      return (version ??= fingerprint({ ...plan, math: mathOf(functions) }));
    },
  });
}

/**
 * Which bits this host's `Math` gives, where functions use what differs between versions of Node; null where none does. Part of
 * a version: a host with other bits then has another version, and does not serve or compare what this one made.
 */
export function mathOf(functions: readonly ((row: never) => unknown)[]): string | null {
  return functions.some((value) => inexactMathOf(value).length > 0) ? mathFingerprint() : null;
}

/** Whether a row of an entity source deletes its entity. */
function deletesOf(column: string): InputPlan {
  return { value: (row) => row[column] === true, kind: "boolean" };
}

/** The input that says which rows delete their entity; null where none does. */
export function deletesInput({ source, features }: ViewPlan): number | null {
  return source.kind === "entity" ? (features[0]?.call.add ?? null) : null;
}

/** Compiles a call; its row functions are added to the inputs. Throws a `DefinitionError` for what it does not take. */
function planCall(call: AggregateCall, schema: Schema, inputs: InputPlan[], where: string): CallPlan {
  const { aggregate, parameters } = call;
  const input = (value: unknown, declared: ColumnKind | null, accepts: readonly ColumnKind[], role: string): number | null =>
    value === null ? null : inputOf({ value: value as RowFunction, declared, accepts, role }, schema, inputs, where);
  const value = input(call.value, call.declared, aggregation(aggregate).accepts, `${aggregate}(...)`);
  if (parameters.scale !== undefined && inputs[value as number]?.kind !== "float64")
    throw new DefinitionError({
      code: "DEFINITION_WRONG_INPUT",
      what: `${aggregate}(...) with a scale, of whole numbers`,
      where,
      cure: "Leave scale out: sums of int64 are exact",
    });
  return Object.freeze({
    aggregate,
    value,
    add: input(call.add, null, ["boolean"], "add"),
    by: input(call.by?.value ?? null, call.by?.declared ?? null, MAP_KEYS, "by(...)"),
    parameters,
  });
}

/** A row function of a call: what it is for, and what it may return. */
interface Role {
  readonly value: RowFunction;
  readonly declared: ColumnKind | null;
  readonly accepts: readonly ColumnKind[];
  readonly role: string;
}

/** The index of a row function among the inputs, added if no feature before has the same one, or one that gives the same column. */
function inputOf({ value, declared, accepts, role }: Role, schema: Schema, inputs: InputPlan[], where: string): number {
  if (declared !== null) probe(value, schema, where);
  const kind = declared ?? probeKind(value, schema, where);
  const column = columnGiven(value);
  const shared = inputs.findIndex((input) => input.kind === kind && (input.value === value || (column !== null && columnGiven(input.value) === column)));
  if (!accepts.includes(kind))
    throw new DefinitionError({ code: "DEFINITION_WRONG_INPUT", what: `${role} of a ${kind}`, where, cure: `It takes ${accepts.join(", ")}` });
  return shared >= 0 ? shared : inputs.push({ value, kind }) - 1;
}

/** The column that a function gives as it is, as its text tells: `(p) => p.amount`; null if it does anything else. */
function columnGiven(value: RowFunction): string | null {
  const parts = /^\(?(\w+)\)?\s*=>\s*(\w+)\.(\w+)$/.exec(String(value));
  return parts !== null && parts[1] === parts[2] ? (parts[3] as string) : null;
}

function frameOf(window: Window, frames: Window[]): number {
  const shared = frames.findIndex((frame) => frame.length === window.length && frame.offset === window.offset && frame.gap === window.gap);
  return shared >= 0 ? shared : frames.push(window) - 1;
}

const FITS: { readonly [K in ScalarKind]: (value: NonNullable<Value>) => boolean } = {
  string: (value) => typeof value === "string",
  float64: (value) => typeof value === "number" && Number.isFinite(value),
  int32: (value) => Number.isInteger(value),
  int64: (value) => typeof value === "bigint" && BigInt.asIntN(64, value) === value,
  int128: (value) => typeof value === "bigint" && BigInt.asIntN(128, value) === value,
  boolean: (value) => typeof value === "boolean",
  timestamp: isTimestamp,
};

function checkFallback(fallback: Value, kind: ValueKind, where: string): void {
  if (fallback === null || (typeof kind === "string" && FITS[kind](fallback))) return;
  throw new DefinitionError({
    code: "DEFINITION_BAD_DEFAULT",
    what: `its default ${told(fallback)} is no ${kindText(kind)}`,
    where,
    cure: typeof kind === "string" ? `Give it a value of type ${kind}, or no default` : "A collection is never null: it takes no default",
  });
}
