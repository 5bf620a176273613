// Reads rows of an event source for the kernel: only the keys, the time and the columns that are asked about, in order.
import { clamp, type BatchColumn } from "./sources/batch.ts";
import { compareText } from "../schema/canonical.ts";
import { TRAVEL, type Travel } from "./read-columns.ts";
import type { Availability, Dictionary, EventTable } from "./event-table.ts";
import type { Column } from "../schema/column.ts";
import type { DuckDB, Transfer } from "./duckdb.ts";
import type { KeyedRows } from "../kernel/rows.ts";
import type { Micros } from "../time.ts";
import type { ViewPlan } from "../plan/view-plan.ts";
import type { WantedKeys } from "./wanted-keys.ts";

/** Which part of a source is read: `from <= e < before` and `a < availableBefore`. */
export interface Span {
  readonly from: Micros;
  readonly before: Micros;
  readonly availableBefore: Micros;
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

/** The span that views read for moments between `earliest` and `latest`. */
export function spanOf(plans: readonly ViewPlan[], earliest: Micros, latest: Micros): Span {
  const frames = plans.flatMap((plan) => plan.frames);
  const reach = Math.max(...frames.map(({ length, offset }) => length + offset));
  return { from: clamp(earliest - reach), before: latest - Math.min(...frames.map(({ offset }) => offset)), availableBefore: latest };
}

/** SQL that is true for the rows of a span. */
export function within(events: EventTable, { from, before, availableBefore }: Span, mode: Availability): string {
  return [events.eventTime.atOrAfter(from), events.eventTime.before(before), events.availableBefore(mode, availableBefore)].join(" AND ");
}

/** Reads rows in the source's order, by key: key `first + k` has the rows `[offsets[k], offsets[k + 1])`. */
export async function readRows(db: DuckDB, events: EventTable, request: RowsRequest): Promise<KeyedRows> {
  const { keys, keyColumns, first, end, mode } = request;
  const wanted = events.columns.filter((column) => request.columns.has(column.name));
  const dictionaries = new Map<string, Dictionary>();
  for (const { name, kind } of wanted) if (kind === "string") dictionaries.set(name, await events.dictionary(name));
  const travels = wanted.map(({ name, kind }) => (kind === "string" ? byDictionary(dictionaries.get(name) as Dictionary) : TRAVEL[kind]));
  const eventTime = events.eventTime.value;
  const order = ["kid", eventTime, ...(request.ordered ? tieBreaks(events, keyColumns) : [])];
  const sql = `SELECT ${["kid", `epoch_us(${eventTime})::DOUBLE`, `(${events.availableMicros(mode)})::DOUBLE`, ...travels.flatMap(({ selects }, i) => selects((wanted[i] as BatchColumn).value))].join(", ")}
    FROM ${events.relation} JOIN ${keys.table} ON ${keyColumns.map((name, i) => `${events.column(name).value} = k${i}`).join(" AND ")}
    ${[...dictionaries].map(([name, { table }]) => `LEFT JOIN ${table} ON ${events.column(name).value} = ${table}.v`).join(" ")}
    WHERE ${within(events, request.span, mode)}${first === 0 && end >= keys.count ? "" : ` AND kid >= ${first} AND kid < ${end}`}
    ORDER BY ${order.join(", ")}`;
  const transfers: Transfer[] = ["int32", "float64", "float64", ...travels.flatMap((travel) => travel.transfers)];
  const { length, columns } = await db.read(sql, transfers).catch((error: unknown) => {
    throw events.batch.mend(error);
  });
  let at = 3;
  const entries = wanted.map(({ name }, i): [string, Column] => {
    const { transfers: own, make } = travels[i] as Travel;
    return [name, make(columns.slice(at, (at += own.length))) as Column];
  });
  return {
    offsets: offsetsOf(columns[0] as Int32Array, length, first, end),
    eventTime: columns[1] as Float64Array,
    availableTime: columns[2] as Float64Array,
    columns: Object.fromEntries(entries),
  };
}

/** A string column travels as numbers of its dictionary. */
function byDictionary({ table, texts }: Dictionary): Travel {
  return {
    selects: () => [`coalesce(${table}.id, -1)`],
    transfers: ["int32"],
    make: ([ids]) => ({ kind: "string", ids: ids as Int32Array, dictionary: texts }),
  };
}

/** The total order after key and event time: the declared tie-break, then every column by name; null first. */
function tieBreaks(events: EventTable, keyColumns: readonly string[]): string[] {
  const equal = new Set([events.source.eventTime, ...keyColumns]);
  const names = [...events.source.tieBreak, ...events.columns.map((column) => column.name).toSorted(compareText)];
  return [...new Set(names)].filter((name) => !equal.has(name)).map((name) => `${events.column(name).value} NULLS FIRST`);
}

/** Where each key's rows begin and end, from the key of each row. */
function offsetsOf(kids: Int32Array, length: number, first: number, end: number): Int32Array {
  const offsets = new Int32Array(end - first + 1);
  for (let i = 0; i < length; i++) offsets[(kids[i] as number) - first + 1]!++;
  for (let k = 0; k < end - first; k++) offsets[k + 1]! += offsets[k] as number;
  return offsets;
}
