// An event source: rows that happened at a time and were available at a time, in a batch, a stream, or both.
import { checkBatch, checkKind, checkList, checkText, checkTypes } from "./given.ts";
import { checkColumnName, checkName, refusePrototype } from "./name.ts";
import { refuseUnknown } from "./settings.ts";
import { DefinitionError } from "../errors.ts";
import type { Duration } from "./duration.ts";
import { availability, booleanColumn, columnsOf, type Availability, type AvailableAt, type BooleanColumn, type TimeColumn } from "./source-columns.ts";
import { parseDuration, MINUTE, type Micros } from "../time.ts";
import type { Aggregates } from "./aggregate.ts";
import type { Enrichment } from "./enriched.ts";
import type { Row, Schema, Show, Value } from "../schema/value-type.ts";

/** Where a batch of rows lies. Paths are relative to the config file's folder. */
export type BatchSource =
  | { readonly kind: "parquet"; readonly path: string }
  | { readonly kind: "csv"; readonly path: string; readonly delimiter: string; readonly nullText: string }
  | { readonly kind: "json"; readonly path: string }
  | { readonly kind: "duckdb"; readonly path: string; readonly table: string }
  | { readonly kind: "sql"; readonly query: string; readonly tables: Readonly<Record<string, SqlTable>> }
  | { readonly kind: "rows"; readonly rows: readonly Readonly<Record<string, Value>>[] };

/** A table of a query: a batch as it is, or with the types of its columns declared and checked. */
export type SqlTable = BatchSource | { readonly from: BatchSource; readonly schema: Schema };

/** Where rows arrive one by one. */
export type StreamSource = { readonly kind: "kafka"; readonly topic: string } | { readonly kind: "ingest" };

/**
 * Rows of Parquet files: `parquet("data/purchases/*.parquet")`. `**` stands for any folders, and a folder for all `.parquet`
 * files below it but those under names that begin with `_` or `.`. Columns are found by name, in each file. A column that
 * the files do not hold is read from the names of their folders (`year=2026/month=01`, hive partitions) with its type
 * in the schema. Null and order are as in the files.
 */
export function parquet(path: string): BatchSource {
  return Object.freeze({ kind: "parquet", path: checkText(path, "its path", "parquet(...)") });
}

/** Rows of CSV files with a header line, RFC 4180; globs are allowed. `nullText` is what stands for null, the empty text by default. */
export function csv(path: string, options: { readonly delimiter?: string; readonly nullText?: string } = {}): BatchSource {
  refuseUnknown(options, ["delimiter", "nullText"], `csv(${JSON.stringify(path)})`);
  const { delimiter = ",", nullText = "" } = options;
  if (typeof delimiter !== "string" || delimiter.length !== 1 || /["\r\n]/.test(delimiter))
    throw new DefinitionError({
      code: "DEFINITION_BAD_PARAMETER",
      what: `${JSON.stringify(delimiter)} delimits nothing`,
      where: `csv(${JSON.stringify(path)})`,
      cure: 'Give one character: { delimiter: ";" }',
    });
  return Object.freeze({ kind: "csv", path: checkText(path, "its path", "csv(...)"), delimiter, nullText });
}

/**
 * Rows of JSON files: one object a line (`json("events/*.ndjson")`), or one array of objects; globs are allowed. A field that is
 * not there is null. Times are ISO 8601 text. An int64 is text, or a number that a double holds exactly (within 2^53 - 1).
 * Objects and arrays within a row are read by `sql`.
 */
export function json(path: string): BatchSource {
  return Object.freeze({ kind: "json", path: checkText(path, "its path", "json(...)") });
}

/**
 * Rows of a table or view in a DuckDB database file: `duckdb("warehouse.duckdb", { table: "shop.purchases" })`. The file is
 * opened for reading only, while the columns of the schema are copied, and let go. Its rows have no order.
 */
export function duckdb(path: string, options: { readonly table: string }): BatchSource {
  const where = `duckdb(${JSON.stringify(path)})`;
  refuseUnknown(options, ["table"], where);
  if (typeof options.table !== "string")
    throw new DefinitionError({ code: "DEFINITION_NO_TABLE", what: "it does not say which table", where, cure: 'Name it: { table: "shop.purchases" }' });
  return Object.freeze({ kind: "duckdb", path: checkText(path, "its path", "duckdb(...)"), table: options.table });
}

/**
 * Rows of a query, in DuckDB's SQL, over batches of any kind:
 *
 *     sql("SELECT p.*, s.city FROM purchases p JOIN shops s USING (shop_id)", { purchases: parquet("purchases"), shops: csv("shops.csv") })
 *
 * A table's columns have the types of its file. Text is all that CSV holds, and JSON values stay `JSON`; where `{ from, schema }`
 * declares types, columns are checked and read as they are in a source. The columns of the result are found by name and checked.
 *
 * The query is one SELECT that depends on its tables alone. DuckDB parses it, and every table, function and clause of the parsed
 * query is held against what is known to be safe. So it cannot write, attach, copy, install or set anything, read another file
 * or table, ask the clock, draw at random, or see a setting. It may use all of DuckDB's memory and time.
 *
 * What depends on the order of rows (sums of doubles, windows, LIMIT, DISTINCT ON) runs on one thread, so that it is the same
 * each time over the same files; still, leave sums to features where you can.
 *
 * The rows of labels come in the order of an ORDER BY of the whole query; without one they are put in order of time and key.
 */
export function sql(query: string, tables: Readonly<Record<string, SqlTable>>): BatchSource {
  const where = "sql(query, tables)";
  refusePrototype(tables, "a table of a query");
  for (const name of Object.keys(tables)) checkName(name, "a table of a query");
  if (Object.keys(tables).length === 0)
    throw new DefinitionError({
      code: "DEFINITION_NO_TABLES",
      what: "the query has no tables to read",
      where,
      cure: 'Name them: sql("SELECT * FROM purchases", { purchases: parquet("purchases.parquet") })',
    });
  const lower = Object.keys(tables).map((name) => name.toLowerCase());
  const twice = Object.keys(tables).find((name, i) => lower.indexOf(name.toLowerCase()) !== i);
  if (twice !== undefined)
    throw new DefinitionError({
      code: "DEFINITION_NAME_TWICE",
      what: `there are two tables '${twice}', because SQL does not tell upper case from lower`,
      where,
      cure: "Rename one of them",
    });
  for (const [name, table] of Object.entries(tables)) checkTable(name, table, where);
  return Object.freeze({ kind: "sql", query: checkText(query, "its query", "sql(...)"), tables: Object.freeze({ ...tables }) });
}

function checkTable(name: string, table: SqlTable, where: string): void {
  const isTyped = typeof table === "object" && table !== null && !("kind" in table);
  checkBatch(isTyped ? table.from : table, `table ${name}`, where);
  if (!isTyped) return;
  refuseUnknown(table, ["from", "schema"], `${where}, table ${name}`);
  refusePrototype(table.schema, `a column of table ${name}`);
  checkTypes(table.schema, `${where}, table ${name}`);
}

/** Rows in memory, for tests and small label sets: `rows([{ user_id: "u1", at: timestamp("2026-01-01") }])`. */
export function rows(list: readonly Readonly<Record<string, Value>>[]): BatchSource {
  checkList(list, "what it is given", "rows(...)", 'Write rows([{ user_id: "u1", ... }])');
  return Object.freeze({ kind: "rows", rows: list });
}

/** Rows of a Kafka topic. */
export function kafka(topic: string): StreamSource {
  return Object.freeze({ kind: "kafka", topic: checkText(topic, "its topic", "kafka(...)") });
}

/** Rows that are sent to asof itself. */
export function ingest(): StreamSource {
  return Object.freeze({ kind: "ingest" });
}

/** A source with rows `R`, for whose views `A` are the aggregates. Plain frozen data. */
export interface Source<out R, out A = unknown> {
  /** Rows that happened, or rows that each say all there is to say about their entity from then on. */
  readonly kind: "events" | "entity";
  readonly name: string;
  readonly schema: Schema;
  readonly eventTime: string;
  readonly available: Availability;
  readonly tieBreak: readonly string[];
  /** The column that identifies a row; rows of one id are versions of it. */
  readonly id: string | null;
  /** The column that orders the versions of a row; null: the order in which they became available. */
  readonly version: string | null;
  /** The column that says of a version that it deletes the row; null: none does. */
  readonly deleted: string | null;
  readonly late: Micros | null;
  readonly ahead: Micros;
  /** Attributes that its rows carry beside their own columns. */
  readonly enrichments: readonly Enrichment[];
  readonly batch: BatchSource | null;
  readonly stream: StreamSource | null;
  readonly "~row": R;
  readonly "~aggregates": A;
}

type Both<B, S> = [B, S] extends [BatchSource, StreamSource] ? true : false;

/**
 * Defines an event source. `availableAt` has no default, because training without it sees rows that serving did not
 * have yet; write `{ delay: "0s" }` where rows really are usable at once. With both a batch and a stream an `id` is
 * required (one id is one row, however it came); with a stream `late` is (what comes later counts nowhere).
 * Throws a `DefinitionError` or `TimeError`.
 */
export function events<const S extends Schema, const B extends BatchSource | undefined = undefined, const T extends StreamSource | undefined = undefined>(
  name: string,
  config: {
    /** The columns that features may use, and their types. */
    readonly schema: S;
    /** The column that says when the row happened. */
    readonly eventTime: TimeColumn<Row<NoInfer<S>>>;
    /** When the system could first have used the row: a column, a column trusted from a date on, or so long after the event. */
    readonly availableAt: AvailableAt<TimeColumn<Row<NoInfer<S>>>>;
    /** The column that orders the versions of one id, ascending; without it they count in the order in which they became available. */
    readonly version?: keyof NoInfer<S> & string;
    /** The boolean column that is true in a version that deletes its row. */
    readonly deleted?: BooleanColumn<Row<NoInfer<S>>>;
    /** Columns that order rows of one event time. */
    readonly tieBreak?: readonly (keyof NoInfer<S> & string)[];
    /** How far ahead of its arrival a streamed row may happen; 5m by default. */
    readonly ahead?: Duration;
    readonly batch?: B;
    readonly stream?: T;
  } & (Both<B, T> extends true
    ? { /** The column that identifies a row in the batch and in the stream alike. */ readonly id: keyof NoInfer<S> & string }
    : { /** The column that identifies a row. */ readonly id?: keyof NoInfer<S> & string }) &
    (T extends StreamSource
      ? { /** How long after its event a streamed row may arrive and still count. */ readonly late: Duration }
      : { /** How long after its event a streamed row may arrive and still count. */ readonly late?: Duration }),
): Source<Show<Row<S>>, Aggregates<Show<Row<S>>>> {
  checkName(name, "a source");
  const where = `source ${name}`;
  refuseUnknown(config, ["schema", "eventTime", "availableAt", "tieBreak", "id", "version", "deleted", "late", "ahead", "batch", "stream"], where);
  const { schema } = config;
  refusePrototype(schema, `a column of ${where}`);
  for (const column of Object.keys(schema)) checkColumnName(column, where);
  checkTypes(schema, where);
  if (config.tieBreak !== undefined) checkList(config.tieBreak, "tieBreak", where, 'Write it in brackets: tieBreak: ["order_id"]');
  const { column, timeColumn } = columnsOf(schema, where);
  const id = config.id === undefined ? null : column(config.id, "id");
  checkRows(config, where);
  return Object.freeze({
    kind: "events",
    name,
    schema: Object.freeze({ ...schema }),
    eventTime: timeColumn(config.eventTime, "eventTime"),
    available: availability(config.availableAt, timeColumn, where),
    tieBreak: Object.freeze((config.tieBreak ?? []).map((wanted) => column(wanted, "tieBreak"))),
    id,
    version: config.version === undefined ? null : column(config.version, "version"),
    deleted: config.deleted === undefined ? null : booleanColumn(schema, column(config.deleted, "deleted"), where),
    late: config.late === undefined ? null : parseDuration(config.late, `${where}, late`),
    ahead: config.ahead === undefined ? 5 * MINUTE : parseDuration(config.ahead, `${where}, ahead`),
    enrichments: Object.freeze([]),
    batch: config.batch ?? null,
    stream: config.stream ?? null,
  } satisfies Omit<Source<unknown>, "~row" | "~aggregates">) as unknown as Source<Show<Row<S>>, Aggregates<Show<Row<S>>>>;
}

/** Rows come from somewhere, and where they may come twice or late, the source says which is which and how late. */
function checkRows(
  config: {
    readonly batch?: unknown;
    readonly stream?: unknown;
    readonly id?: unknown;
    readonly late?: unknown;
    readonly version?: unknown;
    readonly deleted?: unknown;
  },
  where: string,
): void {
  const { batch, stream, id, late } = config;
  if (batch !== undefined) checkBatch(batch, "batch", where);
  if (stream !== undefined) checkKind(stream, ["kafka", "ingest"], { what: "stream", where, cure: 'Write ingest() or kafka("topic")' });
  if (batch === undefined && stream === undefined) {
    throw new DefinitionError({
      code: "DEFINITION_NO_ROWS",
      what: "it has neither a batch nor a stream",
      where,
      cure: 'Say where its rows are: batch: parquet("data/*.parquet")',
    });
  }
  if (batch !== undefined && stream !== undefined && id === undefined) {
    throw new DefinitionError({
      code: "DEFINITION_NO_ID",
      what: "it has a batch and a stream but no id",
      where,
      cure: 'Name the column that identifies a row: id: "order_id"',
    });
  }
  const versioned = config.version !== undefined ? "version" : config.deleted !== undefined ? "deleted" : null;
  if (versioned !== null && id === undefined) {
    throw new DefinitionError({
      code: "DEFINITION_NO_ID",
      what: `it names ${versioned} but no id`,
      where,
      cure: 'Versions are of rows with an id: name the column that identifies a row, id: "order_id"',
    });
  }
  if (stream !== undefined && late === undefined) {
    throw new DefinitionError({
      code: "DEFINITION_NO_LATE",
      what: "it has a stream but no late",
      where,
      cure: 'Say how late a row may come and still count: late: "7d"',
    });
  }
}
