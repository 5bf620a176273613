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

/** A row of a source, as it was given. A record of its log has, beside its columns, its position `~o` and its available time `~a`. */
export type Given = Readonly<Record<string, Value>>;

/** A row that counts, until a newer version of it is known, with what each feature's functions made of it. */
interface CountedRow extends Version {
  readonly replacedBy: readonly Version[];
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

/**
 * The rows of a source that count in a view: whole ones, not too late for a stream, that pass `where`, in the total order. Given
 * are the rows of the batch, or for a view that takes the stream, the records of the log if there is one.
 */
export function history(definition: ViewDefinition, given: readonly Given[]): History {
  const { source, refresh } = definition;
  const isStreamed = source.batch === null || (refresh.kind === "streaming" && source.stream !== null);
  const whole = given.map((row) => timed(row, source, isStreamed)).filter((row) => row !== null);
  const arrived = isStreamed ? whole.filter((row) => isInTime(row, source)) : whole;
  const order = [source.eventTime, ...source.tieBreak, ...(source.batch === null ? [] : inOrderOfName(source))];
  const rows = versionsOf(arrived, source, isStreamed && source.late !== null ? BigInt(source.late) : null)
    .filter(({ version, isDelete }) => (source.kind === "entity" || !isDelete) && passes(version.row, definition))
    .toSorted((a, b) => firstDifference(a.version, b.version, order) || (a.version.position ?? 0) - (b.version.position ?? 0))
    .map(({ version, ...others }) => ({ ...version, ...others, taken: definition.features.map(({ call }) => taken(call, version)) }));
  return { definition, rows };
}

/**
 * The features of the entity `key` at the moment `at`, defaults not applied, and whether any window holds a row. With an `end`
 * known are the records of the log at positions below it, whenever they were available.
 */
export function valuesAt(
  { definition, rows }: History,
  key: readonly Value[],
  at: bigint,
  end: number | null = null,
): { readonly found: boolean; readonly said: readonly Said[] } {
  const isOfEntity = (row: Given): boolean => definition.keys.every(({ column }, i) => row[column] !== null && equal(row[column] ?? null, key[i] ?? null));
  const isKnown = ({ availableTime, position }: Version): boolean =>
    end === null ? availableTime + streamDelay(definition.refresh) < at : (position as number) < end;
  const all = rows.filter((row) => isOfEntity(row.row) && isKnown(row) && !row.replacedBy.some(isKnown));
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

/** A row with its times; null where it is not whole. */
function timed(given: Given, source: Source<unknown>, isStreamed: boolean): Version | null {
  const row = cleaned(given, source);
  const eventTime = microsOf(row[source.eventTime]);
  const availableTime = eventTime === null ? null : isStreamed ? arrivalOf(given, eventTime, source) : batchTimeOf(row, eventTime, source);
  const inRange = (micros: bigint): boolean => -(2n ** 53n) <= micros && micros <= 2n ** 53n;
  if (eventTime === null || availableTime === null || !inRange(eventTime) || !inRange(availableTime)) return null;
  if (source.id !== null && row[source.id] === null) return null;
  return { row, eventTime, availableTime, position: isStreamed ? ((given["~o"] as number | undefined) ?? null) : null };
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

/** When a record came in; of a stream without a log, so long after it happened. */
function arrivalOf(given: Given, eventTime: bigint, { available }: Source<unknown>): bigint {
  const said = given["~a"] as number | undefined;
  return said === undefined ? eventTime + BigInt(available.delay) : BigInt(said);
}

function batchTimeOf(row: Given, eventTime: bigint, { available: { column, trustedFrom, delay } }: Source<unknown>): bigint | null {
  const said = column === null ? null : microsOf(row[column]);
  if (column !== null && said === null) return null;
  return said === null || said < trustedFrom ? eventTime + BigInt(delay) : said;
}

function microsOf(time: Value | undefined): bigint | null {
  return (time as Timestamp | null | undefined)?.micros ?? null;
}
