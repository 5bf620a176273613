// Parquet as a batch: a view over the files that casts nothing it need not, so that columns and row groups are skipped.
import { clamp, inRange, sqlTime, type Batch, type BatchColumn } from "./batch.ts";
import { DAY, type Micros } from "../../time.ts";
import { didYouMean, SourceError } from "../../errors.ts";
import { findFiles, sqlPaths, unreadable } from "./files.ts";
import { quoteName, type DuckDB } from "../duckdb.ts";
import type { ColumnKind, Schema } from "../../schema/value-type.ts";

/** Opens Parquet files as a batch. Throws a `SourceError` for a missing file or column, a wrong type, a damaged file. */
export async function openParquet(db: DuckDB, root: string, path: string, schema: Schema, where: string): Promise<Batch> {
  const files = await findFiles(db, root, path, where);
  const scan = `read_parquet(${sqlPaths(files.paths)}, hive_partitioning = false)`;
  const types = new Map<string, string>();
  try {
    for (const row of await db.query(`DESCRIBE SELECT * FROM ${scan}`)) types.set(row["column_name"] as string, row["column_type"] as string);
  } catch (error) {
    throw unreadable(error, where, files);
  }
  const place = `${where}, ${path}`;
  const readings = Object.entries(schema).map(([name, { kind }], i) => read(name, kind, types, i, place));
  const view = db.freshName("parquet");
  const selected = readings.flatMap(({ selects }) => selects);
  await db.run(`CREATE TEMP VIEW ${view} AS SELECT ${[...selected, "filename AS file", "file_row_number + 1 AS row"].join(", ")} FROM ${scan}`);
  return {
    relation: view,
    columns: readings.map(({ column }) => column),
    files: files.list,
    place: (file, row) => `${files.shown(file)}, row ${row}`,
    mend: (error) => unreadable(error, where, files),
    drop: () => db.run(`DROP VIEW ${view}`),
  };
}

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

function read(
  name: string,
  kind: ColumnKind,
  types: ReadonlyMap<string, string>,
  i: number,
  where: string,
): { readonly column: BatchColumn; readonly selects: readonly string[] } {
  const type = types.get(name);
  if (type === undefined)
    throw new SourceError({ code: "SOURCE_UNKNOWN_COLUMN", what: `there is no column '${name}'`, where, cure: didYouMean(name, types.keys()) });
  const reading = readingOf(kind, type);
  if (reading === undefined)
    throw new SourceError({
      code: "SOURCE_WRONG_TYPE",
      what: `column '${name}' holds ${type}, which cannot be read as t.${kind}()`,
      where,
      cure: cureFor(kind, type),
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

function cureFor(kind: ColumnKind, type: string): string {
  const fits = (Object.keys(READINGS) as ColumnKind[]).filter((other) => readingOf(other, type) !== undefined);
  if (kind === "float64" && type === "BIGINT") return "Write t.int64(): a double cannot hold every BIGINT";
  return fits.length === 0 ? "Convert the column in the file, or leave it out of the schema" : `Write ${fits.map((fit) => `t.${fit}()`).join(" or ")}`;
}
