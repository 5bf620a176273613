// An event source: rows that happened at a time and were available at a time, in a batch, a stream, or both.
import { checkColumnName, checkName, refusePrototype } from "./name.ts";
import { refuseUnknown } from "./settings.ts";
import { DefinitionError, didYouMean } from "../errors.ts";
import type { Duration } from "./duration.ts";
import { parseDelay, parseDuration, parseTime, MINUTE, type Micros, type Timestamp } from "../time.ts";
import type { Row, Schema, Show, Value } from "../schema/value-type.ts";

/** Where a batch of rows lies. Paths are relative to the config file's folder; globs are allowed. */
export type BatchSource =
  | { readonly kind: "parquet"; readonly path: string }
  | { readonly kind: "csv"; readonly path: string; readonly delimiter: string; readonly nullText: string }
  | { readonly kind: "rows"; readonly rows: readonly Readonly<Record<string, Value>>[] };

/** Where rows arrive one by one. */
export type StreamSource = { readonly kind: "kafka"; readonly topic: string } | { readonly kind: "ingest" };

/** Rows of Parquet files: `parquet("data/purchases/*.parquet")`. Null and order are as in the files. */
export function parquet(path: string): BatchSource {
  return Object.freeze({ kind: "parquet", path });
}

/** Rows of CSV files with a header line, RFC 4180. `nullText` is what stands for null, the empty text by default. */
export function csv(path: string, options: { readonly delimiter?: string; readonly nullText?: string } = {}): BatchSource {
  return Object.freeze({ kind: "csv", path, delimiter: options.delimiter ?? ",", nullText: options.nullText ?? "" });
}

/** Rows in memory, for tests and small label sets: `rows([{ user_id: "u1", at: timestamp("2026-01-01") }])`. */
export function rows(list: readonly Readonly<Record<string, Value>>[]): BatchSource {
  return Object.freeze({ kind: "rows", rows: list });
}

/** Rows of a Kafka topic. */
export function kafka(topic: string): StreamSource {
  return Object.freeze({ kind: "kafka", topic });
}

/** Rows that are sent to asof itself. */
export function ingest(): StreamSource {
  return Object.freeze({ kind: "ingest" });
}

/** The timestamps among the columns of a row. */
type Times<R> = { readonly [C in keyof R as R[C] extends Timestamp ? C : never]: R[C] };
/** A column of timestamps, or the sentence that says that there is none. */
export type TimeColumn<R> = [keyof Times<R>] extends [never] ? "the schema has no t.timestamp() column" : keyof Times<R> & string;

/** An event source with rows `R`. Plain frozen data. */
export interface Source<out R> {
  readonly kind: "events";
  readonly name: string;
  readonly schema: Schema;
  readonly eventTime: string;
  readonly available: Availability;
  readonly tieBreak: readonly string[];
  readonly id: string | null;
  readonly late: Micros | null;
  readonly ahead: Micros;
  readonly batch: BatchSource | null;
  readonly stream: StreamSource | null;
  readonly "~row": R;
}

/**
 * The available time of a row: `column`'s value, but `e + delay` for values before `trustedFrom` and where there is no
 * column. `trustedFrom` is -Infinity when every value is trusted.
 */
export interface Availability {
  readonly column: string | null;
  readonly trustedFrom: Micros;
  readonly delay: Micros;
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
    readonly availableAt:
      | TimeColumn<Row<NoInfer<S>>>
      | { readonly column: TimeColumn<Row<NoInfer<S>>>; readonly trustedFrom: string; readonly delay: Duration }
      | { readonly delay: Duration };
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
): Source<Show<Row<S>>> {
  checkName(name, "a source");
  const where = `source ${name}`;
  refuseUnknown(config, ["schema", "eventTime", "availableAt", "tieBreak", "id", "late", "ahead", "batch", "stream"], where);
  const { schema } = config;
  refusePrototype(schema, `a column of ${where}`);
  for (const column of Object.keys(schema)) checkColumnName(column, where);
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
    late: config.late === undefined ? null : parseDuration(config.late, `${where}, late`),
    ahead: config.ahead === undefined ? 5 * MINUTE : parseDuration(config.ahead, `${where}, ahead`),
    batch: config.batch ?? null,
    stream: config.stream ?? null,
  } satisfies Omit<Source<unknown>, "~row">) as unknown as Source<Show<Row<S>>>;
}

/** A column by its name, for the role in which a definition names it. */
type FindColumn = (wanted: string, role: string) => string;

/** Finds columns, and columns of times. */
function columnsOf(schema: Schema, where: string): { readonly column: FindColumn; readonly timeColumn: FindColumn } {
  const column: FindColumn = (wanted, role) => {
    if (Object.hasOwn(schema, wanted)) return wanted;
    throw new DefinitionError({
      code: "DEFINITION_UNKNOWN_COLUMN",
      what: `${role} names '${wanted}', which the schema does not have`,
      where,
      cure: didYouMean(wanted, Object.keys(schema)),
    });
  };
  const timeColumn: FindColumn = (wanted, role) => {
    const kind = schema[column(wanted, role)]?.kind;
    if (kind === "timestamp") return wanted;
    throw new DefinitionError({
      code: "DEFINITION_NOT_A_TIME",
      what: `${role} names '${wanted}', which is t.${kind}()`,
      where,
      cure: "Name a t.timestamp() column",
    });
  };
  return { column, timeColumn };
}

/** Rows come from somewhere, and where they may come twice or late, the source says which is which and how late. */
function checkRows(config: { readonly batch?: unknown; readonly stream?: unknown; readonly id?: unknown; readonly late?: unknown }, where: string): void {
  const { batch, stream, id, late } = config;
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
  if (stream !== undefined && late === undefined) {
    throw new DefinitionError({
      code: "DEFINITION_NO_LATE",
      what: "it has a stream but no late",
      where,
      cure: 'Say how late a row may come and still count: late: "7d"',
    });
  }
}

function availability(
  at: string | { readonly column?: string; readonly trustedFrom?: string; readonly delay: string } | undefined,
  timeColumn: FindColumn,
  where: string,
): Availability {
  if (at === undefined) {
    throw new DefinitionError({
      code: "DEFINITION_NO_AVAILABLE_TIME",
      what: "it does not say when its rows become available",
      where,
      cure: 'Name the column that says so (availableAt: "loaded_at") or how long it takes (availableAt: { delay: "5m" })',
    });
  }
  if (typeof at === "object") refuseUnknown(at, ["column", "trustedFrom", "delay"], `${where}, availableAt`);
  if (typeof at === "string") return Object.freeze({ column: timeColumn(at, "availableAt"), trustedFrom: -Infinity, delay: 0 });
  return Object.freeze({
    column: at.column === undefined ? null : timeColumn(at.column, "availableAt.column"),
    trustedFrom: at.trustedFrom === undefined ? -Infinity : parseTime(at.trustedFrom),
    delay: parseDelay(at.delay, `${where}, availableAt.delay`),
  });
}
