// Columns of SQL types read as asof's kinds: what fits without loss, and what is said of what does not.
import { clamp, inRange, sqlTime, type BatchColumn } from "./batch.ts";
import { DAY, type Micros } from "../../time.ts";
import { didYouMean, SourceError } from "../../errors.ts";
import { quoteName } from "../duckdb.ts";
import type { ColumnKind, Schema } from "../../schema/value-type.ts";

/** How a raw SQL type is read as a kind: `value` and `lost` of the raw column; times also say how they compare. */
interface Reading {
  readonly value: (raw: string) => string;
  readonly lost?: (raw: string) => string;
  readonly bound?: (at: Micros) => string;
}

const SAME: Reading = { value: (raw) => raw };
const AS_INTEGER: Reading = { value: (raw) => `${raw}::INTEGER` };
const AS_BIGINT: Reading = { value: (raw) => `${raw}::BIGINT` };
const AS_DOUBLE: Reading = { value: (raw) => `${raw}::DOUBLE` };
/** -0 + 0 is 0. */
const FLOAT: Reading = {
  value: (raw) => `CASE WHEN isfinite(${raw}) THEN ${raw}::DOUBLE + 0.0::DOUBLE END`,
  lost: (raw) => `CASE WHEN isinf(${raw}) THEN ${raw}::VARCHAR END`,
};
const whole = (names: readonly string[], reading: Reading): Record<string, Reading> => Object.fromEntries(names.map((name) => [name, reading]));

/** Times by the SQL that makes a TIMESTAMP of them and the SQL of a moment to compare them with. */
function time(micros: (raw: string) => string, bound: (at: Micros) => string): Reading {
  return {
    value: (raw) => `CASE WHEN ${inRange(micros(raw))} THEN ${micros(raw)} END`,
    lost: (raw) => `CASE WHEN NOT (${inRange(micros(raw))}) THEN ${raw}::VARCHAR END`,
    bound,
  };
}

/** Nanoseconds are floored, before 1970 too, where DuckDB's own cast would cut towards zero. */
const floorNanos = (raw: string): string => `make_timestamp((epoch_ns(${raw}) - ((epoch_ns(${raw}) % 1000 + 1000) % 1000)) // 1000)`;

const READINGS: { readonly [K in ColumnKind]: Readonly<Record<string, Reading>> } = {
  string: { VARCHAR: SAME },
  boolean: { BOOLEAN: SAME },
  int32: { INTEGER: SAME, ...whole(["TINYINT", "SMALLINT", "UTINYINT", "USMALLINT"], AS_INTEGER) },
  int64: { BIGINT: SAME, ...whole(["TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"], AS_BIGINT) },
  float64: { FLOAT, DOUBLE: FLOAT, ...whole(["TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"], AS_DOUBLE) },
  timestamp: {
    TIMESTAMP: time((raw) => raw, sqlTime),
    "TIMESTAMP WITH TIME ZONE": time(
      (raw) => `(${raw} AT TIME ZONE 'UTC')`,
      (at) => `make_timestamptz(${Math.ceil(clamp(at))})`,
    ),
    TIMESTAMP_NS: time(floorNanos, (at) => `make_timestamp_ns(${BigInt(Math.ceil(clamp(at))) * 1000n})`),
    TIMESTAMP_MS: time((raw) => `${raw}::TIMESTAMP`, sqlTime),
    TIMESTAMP_S: time((raw) => `${raw}::TIMESTAMP`, sqlTime),
    DATE: time(
      (raw) => `${raw}::TIMESTAMP`,
      (at) => `DATE '1970-01-01' + (${Math.ceil(clamp(at) / DAY)})::INTEGER`,
    ),
  },
};

function readingOf(kind: ColumnKind, type: string): Reading | undefined {
  if (kind === "string" && type.startsWith("ENUM(")) return { value: (raw) => `${raw}::VARCHAR` };
  const digits = /^DECIMAL\((\d+),/.exec(type)?.[1];
  if (kind === "float64" && digits !== undefined && Number(digits) <= 15) return AS_DOUBLE;
  return READINGS[kind][type];
}

/** A column of a batch, and what a view selects for it. */
export interface SqlColumn {
  readonly column: BatchColumn;
  readonly selects: readonly string[];
}

/**
 * The columns of a schema over a relation with columns of these SQL types. Throws a `SourceError` for a column that is not
 * there or has another type; `convert` is its cure where no kind fits the type.
 */
export function sqlColumns(schema: Schema, types: ReadonlyMap<string, string>, where: string, convert: string): SqlColumn[] {
  return Object.entries(schema).map(([name, { kind }], i) => sqlColumn(name, kind, typeOf(types, name, where), i, where, convert));
}

/** The SQL type of a column. Throws a `SourceError` where there is no such column. */
export function typeOf(types: ReadonlyMap<string, string>, name: string, where: string): string {
  const type = types.get(name);
  if (type !== undefined) return type;
  throw new SourceError({ code: "SOURCE_UNKNOWN_COLUMN", what: `there is no column '${name}'`, where, cure: didYouMean(name, types.keys()) });
}

/** One column, with its values in `c<i>`. Throws a `SourceError` for a type that cannot be read as the kind. */
export function sqlColumn(name: string, kind: ColumnKind, type: string, i: number, where: string, convert: string): SqlColumn {
  const reading = readingOf(kind, type);
  if (reading === undefined)
    throw new SourceError({
      code: "SOURCE_WRONG_TYPE",
      what: `column '${name}' holds ${type}, which cannot be read as t.${kind}()`,
      where,
      cure: cureFor(kind, type, convert),
    });
  const raw = quoteName(name);
  const { value, lost, bound } = reading;
  const compared = bound === undefined ? `c${i}` : `t${i}`;
  const column: BatchColumn = {
    name,
    kind,
    value: `c${i}`,
    lost: lost === undefined ? null : `f${i}`,
    before: (at) => `${compared} < ${(bound ?? sqlTime)(at)}`,
    atOrAfter: (at) => `${compared} >= ${(bound ?? sqlTime)(at)}`,
  };
  const selects = [`${value(raw)} AS c${i}`, ...(lost === undefined ? [] : [`${lost(raw)} AS f${i}`]), ...(bound === undefined ? [] : [`${raw} AS t${i}`])];
  return { column, selects };
}

function cureFor(kind: ColumnKind, type: string, convert: string): string {
  const fits = (Object.keys(READINGS) as ColumnKind[]).filter((other) => readingOf(other, type) !== undefined);
  if (kind === "float64" && type === "BIGINT") return "Write t.int64(): a double cannot hold every BIGINT";
  return fits.length === 0 ? convert : `Write ${fits.map((fit) => `t.${fit}()`).join(" or ")}`;
}
