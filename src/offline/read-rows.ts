// Reads rows of an event source for the kernel: only the keys, the time and the columns that are asked about, in order.
import { clamp, type BatchColumn } from "./sources/batch.ts";
import { place, placeColumn } from "./place-rows.ts";
import { TRAVEL, type Travel } from "./read-columns.ts";
import type { Availability, Dictionary, EventTable } from "./event-table.ts";
import type { Column } from "../schema/column.ts";
import type { DuckDB, Transfer } from "./duckdb.ts";
import type { KeyedRows } from "../kernel/rows.ts";
import type { Micros } from "../time.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { WantedKeys } from "./wanted-keys.ts";

/** Which part of a source is read: `e < before`, `a < availableBefore`, and `from <= e`, or for any e what came in or was taken back from `since` on. */
export interface Span {
  readonly from: Micros;
  readonly before: Micros;
  readonly availableBefore: Micros;
  readonly since?: Micros;
}

/** What to read. */
export interface RowsRequest {
  readonly span: Span;
  /** Names of the columns that row functions read. */
  readonly columns: ReadonlySet<string>;
  /** Whether rows that tie in event time need the source's total order. */
  readonly ordered: boolean;
  readonly mode: Availability;
  readonly keys: WantedKeys;
  /** For each part of the key, the column that holds it. */
  readonly keyColumns: readonly string[];
  /** Only keys with these numbers: `[first, end)`. */
  readonly first: number;
  readonly end: number;
}

/**
 * The span that views read for moments between `earliest` and `latest`: a microsecond wider than the windows at either end,
 * so that pruning saves reading and the kernel alone decides the edges.
 */
export function spanOf(plans: readonly ViewPlan[], earliest: Micros, latest: Micros): Span {
  const frames = plans.flatMap((plan) => plan.frames);
  const reach = Math.max(...frames.map(({ length, offset }) => length + offset));
  const offset = Math.min(...frames.map((frame) => frame.offset));
  return { from: clamp(earliest - reach - 1), before: clamp(latest - offset + 1), availableBefore: clamp(latest + 1) };
}

/** SQL that is true for the rows of a span. */
export function within(events: EventTable, { from, before, availableBefore, since }: Span, mode: Availability): string {
  const atOrAfter = events.eventTime.atOrAfter(from);
  const takenBack = since === undefined || events.until(mode) === null ? "" : ` OR u >= ${since}`;
  const lower = since === undefined ? atOrAfter : `(${atOrAfter} OR NOT (${events.availableBefore(mode, since)})${takenBack})`;
  return [lower, events.counts(mode), events.eventTime.before(before), events.availableBefore(mode, availableBefore)].join(" AND ");
}

/** Keys by which rows are wanted, and the columns that hold their parts. */
export type KeySet = Pick<RowsRequest, "keys" | "keyColumns" | "first" | "end">;

/** Rows in the order of the source, with the number of each one's key in every key set: -1 where it is not wanted. */
export interface OrderedRows extends Omit<KeyedRows, "offsets"> {
  readonly kids: readonly Int32Array[];
}

/** Reads rows in the source's order, by key: key `first + k` has the rows `[offsets[k], offsets[k + 1])`. */
export async function readRows(db: DuckDB, events: EventTable, request: RowsRequest): Promise<KeyedRows> {
  return rowsByKey(await readOrdered(db, events, request, [request]), 0, request.first, request.end);
}

/** Reads the rows that any of the key sets wants, each once, in the source's order. */
export async function readOrdered(
  db: DuckDB,
  events: EventTable,
  { span, columns: names, ordered, mode }: Pick<RowsRequest, "span" | "columns" | "ordered" | "mode">,
  keySets: readonly KeySet[],
): Promise<OrderedRows> {
  const wanted = events.columns.filter((column) => names.has(column.name));
  const dictionaries = new Map<string, Dictionary>();
  for (const { name, kind } of wanted) if (kind === "string") dictionaries.set(name, await events.dictionary(name));
  const travels = wanted.map(({ name, kind }) => (kind === "string" ? byDictionary(dictionaries.get(name) as Dictionary) : TRAVEL[kind]));
  const eventTime = events.eventTime.value;
  const until = events.until(mode);
  const selects = [
    ...keySets.map(({ keys }) => `coalesce(${keys.table}.kid, -1)`),
    `epoch_us(${eventTime})::DOUBLE`,
    `(${events.availableMicros(mode)})::DOUBLE`,
    ...(until === null ? [] : [until]),
    ...travels.flatMap((travel, i) => travel.selects((wanted[i] as BatchColumn).value)),
  ];
  const sql = `SELECT ${selects.join(", ")} FROM ${events.relation} ${keySets.map((keySet) => joinOf(events, keySet, keySets.length > 1)).join(" ")}
    ${[...dictionaries].map(([name, { table }]) => `LEFT JOIN ${table} ON ${events.column(name).value} = ${table}.v`).join(" ")}
    WHERE ${within(events, span, mode)} AND (${keySets.map(isWanted).join(" OR ")})
    ORDER BY ${[eventTime, ...(ordered ? events.tieBreaks() : [])].join(", ")}`;
  const transfers: Transfer[] = [
    ...keySets.map(() => "int32" as const),
    "float64",
    "float64",
    ...(until === null ? [] : ["float64" as const]),
    ...travels.flatMap((travel) => travel.transfers),
  ];
  const { columns } = await db.read(sql, transfers).catch((error: unknown) => {
    throw events.batch.mend(error);
  });
  let at = keySets.length + (until === null ? 2 : 3);
  const entries = wanted.map(({ name }, i): [string, Column] => {
    const { transfers: own, make } = travels[i] as Travel;
    return [name, make(columns.slice(at, (at += own.length))) as Column];
  });
  const [eventTimes, availableTimes, untilTimes] = columns.slice(keySets.length) as [Float64Array, Float64Array, Float64Array];
  const kids = columns.slice(0, keySets.length) as Int32Array[];
  return { kids, eventTime: eventTimes, availableTime: availableTimes, until: until === null ? null : untilTimes, columns: Object.fromEntries(entries) };
}

/** Each key is in its set once, so a join never repeats a row. */
function joinOf(events: EventTable, { keys: { table }, keyColumns }: KeySet, several: boolean): string {
  return `${several ? "LEFT " : ""}JOIN ${table} ON ${keyColumns.map((name, i) => `${events.column(name).value} = ${table}.k${i}`).join(" AND ")}`;
}

function isWanted({ keys: { table, count }, first, end }: KeySet): string {
  return first === 0 && end >= count ? `${table}.kid IS NOT NULL` : `(${table}.kid >= ${first} AND ${table}.kid < ${end})`;
}

/** The rows of the keys `[first, end)` of one key set, by key. A counting sort, so that rows of one key keep their order. */
export function rowsByKey({ kids, eventTime, availableTime, until, columns }: OrderedRows, keySet: number, first: number, end: number): KeyedRows {
  const kid = kids[keySet] as Int32Array;
  const next = new Int32Array(end - first + 1);
  for (let i = 0; i < kid.length; i++) if (isBetween(kid[i] as number, first, end)) next[(kid[i] as number) - first + 1]!++;
  for (let k = 0; k < end - first; k++) next[k + 1]! += next[k] as number;
  const offsets = next.slice();
  const places = new Int32Array(kid.length);
  for (let i = 0; i < kid.length; i++) places[i] = isBetween(kid[i] as number, first, end) ? next[(kid[i] as number) - first]!++ : -1;
  const length = offsets[end - first] as number;
  return {
    offsets,
    eventTime: place(eventTime, places, new Float64Array(length)),
    availableTime: place(availableTime, places, new Float64Array(length)),
    until: until === null ? null : place(until, places, new Float64Array(length)),
    columns: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, placeColumn(column, places, length)])),
  };
}

function isBetween(kid: number, first: number, end: number): boolean {
  return kid >= first && kid < end;
}

/** A string column travels as numbers of its dictionary. */
function byDictionary({ table, texts }: Dictionary): Travel {
  return {
    selects: () => [`coalesce(${table}.id, -1)`],
    transfers: ["int32"],
    make: ([ids]) => ({ kind: "string", ids: ids as Int32Array, dictionary: texts }),
  };
}
