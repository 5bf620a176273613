// The oracle: a slow, plain evaluator of docs/semantics.md for views of event sources, sharing no code with the kernel.
// It looks at every row for every value, holds times as bigint, and adds doubles as rationals.
import { aggregated, type Taken } from "./aggregates.ts";
import { isStale, knownUpTo, shownAt, streamDelay, type Pointer } from "./as-of.ts";
import { clean, equal, given as made } from "./values.ts";
import { firstDifference, inOrderOfName, versionsOf, type Version } from "./versions.ts";
import { inWindow } from "./windows.ts";
import type { AggregateCall } from "../../src/define/aggregate-call.ts";
import type { FeatureValue, Value } from "../../src/schema/value-type.ts";
import type { Source } from "../../src/define/source.ts";
import type { Timestamp } from "../../src/time.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";

/** A row of a source, as it was given. */
export type Given = Readonly<Record<string, Value>>;

/** A row that counts, until a newer version of it is known, with what each feature's functions made of it. */
interface CountedRow extends Version {
  readonly replacedAt: readonly bigint[];
  /** Only of entity sources: whether the row ends its entity. */
  readonly isDelete: boolean;
  /** One per feature. */
  readonly taken: readonly Taken[];
}

/** What a view says about an entity at a moment. */
export interface Said {
  readonly value: FeatureValue;
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
  readonly value: FeatureValue;
  readonly status: Status;
  readonly eventTime: bigint | null;
  readonly asOf: bigint;
}

/** The rows of a source that count in a view: whole ones, not too late for a stream, that pass `where`, in the total order. */
export function history(definition: ViewDefinition, given: readonly Given[]): History {
  const { source, refresh } = definition;
  const isStreamed = refresh.kind === "streaming" && source.stream !== null;
  const whole = given.map((row) => cleaned(row, source)).filter((row) => isWhole(row, source));
  const timed = whole.map((row) => ({ row, eventTime: eventTimeOf(row, source), availableTime: availableTimeOf(row, source) }));
  const arrived = isStreamed ? timed.filter((row) => isInTime(row, source)) : timed;
  const order = [source.eventTime, ...source.tieBreak, ...inOrderOfName(source)];
  const rows = versionsOf(arrived, source, isStreamed && source.late !== null ? BigInt(source.late) : null)
    .filter(({ version, isDelete }) => (source.kind === "entity" || !isDelete) && passes(version.row, definition))
    .toSorted((a, b) => firstDifference(a.version, b.version, order))
    .map(({ version, ...others }) => ({ ...version, ...others, taken: definition.features.map(({ call }) => taken(call, version)) }));
  return { definition, rows };
}

/** The features of the entity `key` at the moment `at`, defaults not applied, and whether any window holds a row. */
export function valuesAt({ definition, rows }: History, key: readonly Value[], at: bigint): { readonly found: boolean; readonly said: readonly Said[] } {
  const isOfEntity = (row: Given): boolean => definition.keys.every(({ column }, i) => row[column] !== null && equal(row[column] ?? null, key[i] ?? null));
  const isKnown = (availableTime: bigint): boolean => availableTime + streamDelay(definition.refresh) < at;
  const all = rows.filter(({ row, availableTime, replacedAt }) => isOfEntity(row) && isKnown(availableTime) && !replacedAt.some(isKnown));
  const known = definition.source.kind === "entity" && all.findLast(({ eventTime }) => eventTime < at)?.isDelete === true ? [] : all;
  let found = false;
  const said = definition.features.map(({ call, window }, feature): Said => {
    const inside = inWindow(known, window, call.parameters.halfLife, at);
    found ||= inside.length > 0;
    const { value, failed } = aggregated(
      call,
      inside.map((row) => row.taken[feature] as Taken),
      at,
      at - BigInt(window.offset),
    );
    return { value, failed, newest: inside.at(-1)?.eventTime ?? null };
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

function cleaned(row: Given, source: Source<unknown>): Given {
  return Object.fromEntries(Object.keys(source.schema).map((column) => [column, clean(row[column])]));
}

function isWhole(row: Given, source: Source<unknown>): boolean {
  const times = [row[source.eventTime], source.available.column === null ? row[source.eventTime] : row[source.available.column]];
  const inRange = (micros: bigint): boolean => -(2n ** 53n) <= micros && micros <= 2n ** 53n;
  return times.every((time) => time !== null && inRange((time as Timestamp).micros)) && (source.id === null || row[source.id] !== null);
}

/** Whether a streamed row came neither too late nor from the future. */
function isInTime({ eventTime, availableTime }: Version, { late, ahead }: Source<unknown>): boolean {
  return (late === null || availableTime - eventTime <= BigInt(late)) && eventTime - availableTime <= BigInt(ahead);
}

function passes(row: Given, { where }: ViewDefinition): boolean {
  return where === null || made(where, row) === true;
}

function taken({ value, add, by }: AggregateCall, { row, eventTime }: Version): Taken {
  return { eventTime, value: made(value, row), add: made(add, row), by: made(by?.value ?? null, row) };
}

function eventTimeOf(row: Given, source: Source<unknown>): bigint {
  return (row[source.eventTime] as Timestamp).micros;
}

function availableTimeOf(row: Given, source: Source<unknown>): bigint {
  const { column, trustedFrom, delay } = source.available;
  const said = column === null ? null : (row[column] as Timestamp).micros;
  return said === null || said < trustedFrom ? eventTimeOf(row, source) + BigInt(delay) : said;
}
