// The oracle: a slow, plain evaluator of docs/semantics.md for views of event sources, sharing no code with the kernel.
// It looks at every row for every value, holds times as bigint, and adds doubles as rationals.
import { nearest, UNIT_BITS, units } from "./rational.ts";
import { isStale, knownUpTo, shownAt, streamDelay, type Pointer } from "./as-of.ts";
import type { AggregateName, Window } from "../../src/define/aggregate.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";
import type { Source } from "../../src/define/source.ts";
import type { Scalar, Value } from "../../src/schema/value-type.ts";
import type { Timestamp } from "../../src/time.ts";

/** A row of a source, as it was given. */
export type Given = Readonly<Record<string, Value>>;

/** A row that counts: cleaned, with its two times, and with what each feature's row function made of it. */
export interface CountedRow {
  readonly row: Given;
  readonly eventTime: bigint;
  readonly availableTime: bigint;
  /** One per feature; null for `count()` too. */
  readonly inputs: readonly Value[];
}

/** What a view says about an entity at a moment. */
export interface Said {
  readonly value: Value;
  /** The value cannot be represented. */
  readonly failed: boolean;
  /** The newest event time in the feature's window, null if it is empty. */
  readonly newest: bigint | null;
}

/** The rows of a view by the total order, and its definition. */
export interface History {
  readonly definition: ViewDefinition;
  readonly rows: readonly CountedRow[];
}

/** The status of a value. */
export type Status = "PRESENT" | "NULL" | "NOT_FOUND" | "STALE" | "UNAVAILABLE" | "ERROR";

/** A value as it is trained on and served. */
export interface Answer {
  readonly value: Value;
  readonly status: Status;
  readonly eventTime: bigint | null;
  readonly asOf: bigint;
}

/** The rows of a source that count in a view: whole ones, each id once, those that pass `where`, in the total order. */
export function history(definition: ViewDefinition, given: readonly Given[]): History {
  const { source } = definition;
  const whole = given.map((row) => cleaned(row, source)).filter((row) => isWhole(row, source));
  const rows = oncePerId(whole, source)
    .filter((row) => passes(row, definition))
    .toSorted(inOrder(source))
    .map((row) => ({
      row,
      eventTime: eventTimeOf(row, source),
      availableTime: availableTimeOf(row, source),
      inputs: definition.features.map(({ call }) => inputOf(row, call.value)),
    }));
  return { definition, rows };
}

/** The features of the entity `key` at the moment `at`, defaults not applied, and whether any window holds a row. */
export function valuesAt({ definition, rows }: History, key: readonly Value[], at: bigint): { readonly found: boolean; readonly said: readonly Said[] } {
  const isOfEntity = (row: Given): boolean => definition.keys.every(({ column }, i) => row[column] !== null && equal(row[column] ?? null, key[i] ?? null));
  const known = rows.filter(({ row, availableTime }) => isOfEntity(row) && availableTime + streamDelay(definition.refresh) < at);
  let found = false;
  const said = definition.features.map(({ call, window }, feature): Said => {
    const inside = known.filter(({ eventTime }) => isInside(eventTime, window, at));
    found ||= inside.length > 0;
    const inputs = inside.map((row) => row.inputs[feature] ?? null);
    const value = call.aggregate === "count" ? inside.length : AGGREGATES[call.aggregate](inputs.filter((input) => input !== null));
    const failed = value === Infinity || value === -Infinity;
    return { value: failed ? null : value, failed, newest: inside.at(-1)?.eventTime ?? null };
  });
  return { found, said };
}

/** The features of the entity `key` as a label at `at` is trained with, by the record `pointer` of the view's refreshes. */
export function answersAt(view: History, key: readonly Value[], at: bigint, pointer: Pointer | null): readonly Answer[] {
  const { refresh, maxAge, features } = view.definition;
  const asOf = knownUpTo(refresh, pointer, at);
  const stale = isStale(maxAge, asOf, at);
  const { found, said } = valuesAt(view, key, shownAt(refresh, pointer, at));
  return said.map(({ value, failed, newest }, i) => {
    const raw = stale ? null : value;
    const status = stale ? "STALE" : !found ? "NOT_FOUND" : failed ? "ERROR" : raw === null ? "NULL" : "PRESENT";
    return { value: raw ?? features[i]?.fallback ?? null, status, eventTime: stale ? null : newest, asOf };
  });
}

/** Half open, and the only place where the oracle says so: `T - offset - length <= e < T - offset`. */
function isInside(eventTime: bigint, { length, offset }: Window, at: bigint): boolean {
  const end = at - BigInt(offset);
  return eventTime < end && (length === Infinity || end - BigInt(length) <= eventTime);
}

const AGGREGATES: { readonly [A in Exclude<AggregateName, "count">]: (inputs: readonly Scalar[]) => Value } = {
  sum: (inputs) => (inputs.length === 0 ? null : isBigints(inputs) ? total(inputs) : nearest(total(inputs.map((x) => units(x as number))), 1n)),
  mean: (inputs) => {
    if (inputs.length === 0) return null;
    const sum = total(isBigints(inputs) ? inputs.map((x) => x << UNIT_BITS) : inputs.map((x) => units(x as number)));
    return nearest(sum, BigInt(inputs.length));
  },
  min: (inputs) => inputs.toSorted(compare)[0] ?? null,
  max: (inputs) => inputs.toSorted(compare).at(-1) ?? null,
  last: (inputs) => inputs.at(-1) ?? null,
};

function isBigints(inputs: readonly Scalar[]): inputs is readonly bigint[] {
  return typeof inputs[0] === "bigint";
}

function total(terms: readonly bigint[]): bigint {
  return terms.reduce((sum, term) => sum + term, 0n);
}

/** What no column and no feature holds is null: NaN, an infinity, nothing at all. -0 is 0. */
function clean(value: unknown): Value {
  if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) return null;
  return value === 0 ? 0 : (value as Value);
}

function cleaned(row: Given, source: Source<unknown>): Given {
  return Object.fromEntries(Object.keys(source.schema).map((column) => [column, clean(row[column])]));
}

function isWhole(row: Given, source: Source<unknown>): boolean {
  const times = [row[source.eventTime], source.available.column === null ? row[source.eventTime] : row[source.available.column]];
  const inRange = (micros: bigint): boolean => -(2n ** 53n) <= micros && micros <= 2n ** 53n;
  return times.every((time) => time !== null && inRange((time as Timestamp).micros)) && (source.id === null || row[source.id] !== null);
}

/** Rows of one id that say the same, whenever they became available, are one row, available as early as any of them. */
function oncePerId(rows: readonly Given[], source: Source<unknown>): Given[] {
  const { id, available } = source;
  if (id === null) return [...rows];
  const columns = Object.keys(source.schema).filter((column) => column !== available.column);
  const kept: Given[] = [];
  for (const row of rows.toSorted((a, b) => Number(availableTimeOf(a, source) - availableTimeOf(b, source)))) {
    const same = kept.find((other) => equal(other[id] ?? null, row[id] ?? null));
    if (same === undefined) kept.push(row);
    else if (!columns.every((column) => equal(same[column] ?? null, row[column] ?? null)))
      throw new Error(`corrections of ${String(row[id])} are not supported`);
  }
  return kept;
}

function passes(row: Given, { where }: ViewDefinition): boolean {
  try {
    return where === null || where(row as never) === true;
  } catch {
    return false;
  }
}

function inputOf(row: Given, value: ((row: never) => unknown) | null): Value {
  try {
    return value === null ? null : clean(value(row as never));
  } catch {
    return null;
  }
}

function eventTimeOf(row: Given, source: Source<unknown>): bigint {
  return (row[source.eventTime] as Timestamp).micros;
}

function availableTimeOf(row: Given, source: Source<unknown>): bigint {
  const { column, trustedFrom, delay } = source.available;
  const said = column === null ? null : (row[column] as Timestamp).micros;
  return said === null || said < trustedFrom ? eventTimeOf(row, source) + BigInt(delay) : said;
}

/** The total order: event time, tie-break columns, then every column in order of name. */
function inOrder(source: Source<unknown>): (a: Given, b: Given) => number {
  const columns = [source.eventTime, ...source.tieBreak, ...Object.keys(source.schema).toSorted(compare)];
  return (a, b) => {
    const decisive = columns.find((column) => !equal(a[column] ?? null, b[column] ?? null));
    return decisive === undefined ? 0 : compare(a[decisive] ?? null, b[decisive] ?? null);
  };
}

function equal(a: Value, b: Value): boolean {
  return compare(a, b) === 0;
}

/** Null first, text by its UTF-8 bytes, false before true, numbers and moments by size. Both of one type. */
function compare(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (typeof a === "object") return compare(a.micros, (b as Timestamp).micros);
  return Number(a > b) - Number(a < b);
}
