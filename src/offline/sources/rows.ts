// Rows in memory as a batch: checked value by value, then copied into a table.
import { createHash } from "node:crypto";
import { isTimestamp, MAX_MICROS } from "../../time.ts";
import { LOSES, tableColumns, type Batch } from "./batch.ts";
import { SourceError, didYouMean } from "../../errors.ts";
import { canonical } from "../../schema/canonical.ts";
import { t, type ColumnKind, type Schema, type Value } from "../../schema/value-type.ts";
import type { DuckDB, NewColumn } from "../duckdb.ts";
import type { SourceSnapshot } from "../../plan/record.ts";

type Rows = readonly Readonly<Record<string, Value>>[];

/** Copies rows into DuckDB as a batch. Throws a `SourceError` for a missing column or a value of another type. */
export async function openRows(db: DuckDB, rows: Rows, schema: Schema, where: string): Promise<Batch> {
  const raw = db.scratchName("raw");
  const table = db.freshName("rows");
  const fields = Object.entries(schema);
  const columns = fields.map(([name, { kind }], i) => ({ i, kind, ...columnOf(rows, name, kind, where) }));
  const stored = columns.flatMap(({ values, lost }) => [values, ...(lost === null ? [] : [lost])]);
  await db.createTable(raw, stored, rows.length);
  let at = 0;
  const selects = columns.flatMap(({ i, kind, lost }) => [`${FROM_STORED[kind](`v${at++}`)} AS c${i}`, ...(lost === null ? [] : [`v${at++} AS f${i}`])]);
  await db.run(`CREATE TEMP TABLE ${table} AS SELECT ${selects.join(", ")}, '' AS file, row_number() OVER () AS row FROM ${raw}`);
  await db.run(`DROP TABLE ${raw}`);
  return {
    relation: table,
    columns: tableColumns(schema),
    files: filesOf(rows, schema),
    ordered: true,
    place: (_file, row) => `row ${row}`,
    mend: (error) => error,
    drop: () => db.run(`DROP TABLE ${table}`),
  };
}

/** The schema that rows show by their values, for tables of a query. Throws a `SourceError` where a column holds nothing but null. */
export function schemaOfRows(rows: Rows, where: string): Schema {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return Object.fromEntries(
    names.map((name) => {
      const value = rows.find((row) => (row[name] ?? null) !== null)?.[name];
      const type = isTimestamp(value) ? t.timestamp() : value === undefined ? undefined : SHOWN_BY[typeof value];
      if (type !== undefined) return [name, type];
      throw new SourceError({
        code: "SOURCE_NO_TYPE",
        what: `column '${name}' holds nothing that says its type`,
        where,
        cure: "Declare it: { from: rows(...), schema: { ... } }",
      });
    }),
  );
}

const SHOWN_BY: Readonly<Record<string, Schema[string]>> = { string: t.string(), number: t.float64(), bigint: t.int64(), boolean: t.boolean() };

const noNaN = (stored: string, made: string): string => `CASE WHEN NOT isnan(${stored}) THEN ${made} END`;

/** Values as they are stored (doubles, NaN for null; texts) as SQL of their kind. */
const FROM_STORED: { readonly [K in ColumnKind]: (stored: string) => string } = {
  string: (v) => v,
  int64: (v) => `${v}::BIGINT`,
  float64: (v) => noNaN(v, v),
  int32: (v) => noNaN(v, `${v}::INTEGER`),
  boolean: (v) => noNaN(v, `${v} = 1`),
  timestamp: (v) => noNaN(v, `make_timestamp(${v}::BIGINT)`),
};

const HOLDS: { readonly [K in ColumnKind]: (value: NonNullable<Value>) => boolean } = {
  string: (value) => typeof value === "string",
  float64: (value) => typeof value === "number",
  int32: (value) => typeof value === "number" && (value | 0) === value,
  int64: (value) => typeof value === "bigint" && BigInt.asIntN(64, value) === value,
  boolean: (value) => typeof value === "boolean",
  timestamp: isTimestamp,
};

const CURES: { readonly [K in ColumnKind]: string } = {
  string: "Give a text or null",
  float64: "Give a number or null",
  int32: "Give a whole number within ±2^31 or null, or write t.int64()",
  int64: "Give a bigint within ±2^63, such as 9007199254740993n, or null",
  boolean: "Give true, false or null",
  timestamp: 'Give timestamp("2026-01-01T12:00:00Z") or null',
};

function columnOf(rows: Rows, name: string, kind: ColumnKind, where: string): { readonly values: NewColumn; readonly lost: NewColumn | null } {
  let known = rows.length === 0;
  const values = rows.map((row, i): Value => {
    if (!Object.hasOwn(row, name)) return null;
    known = true;
    const value = row[name] ?? null;
    if (value === null || HOLDS[kind](value)) return value;
    const shown =
      typeof value === "string" ? JSON.stringify(value) : isTimestamp(value) ? `the timestamp ${value.toString()}` : `the ${typeof value} ${String(value)}`;
    throw new SourceError({
      code: "SOURCE_WRONG_VALUE",
      what: `column '${name}' is t.${kind}(), but holds ${shown}`,
      where: `${where}, row ${i + 1}`,
      cure: CURES[kind],
    });
  });
  if (!known)
    throw new SourceError({
      code: "SOURCE_UNKNOWN_COLUMN",
      what: `no row has a column '${name}'`,
      where,
      cure: didYouMean(name, new Set(rows.flatMap((row) => Object.keys(row)))),
    });
  const texts: NewColumn | null =
    kind === "string" || kind === "int64" ? { transfer: "text", values: (i) => (values[i] === null ? null : String(values[i])) } : null;
  return {
    values: texts ?? { transfer: "float64", values: Float64Array.from(values, (value) => numberOf(value)) },
    lost: LOSES.has(kind) ? { transfer: "text", values: (i) => lostOf(values[i] ?? null) } : null,
  };
}

/** The double that stands for a value; NaN for null and for what no asof value can hold. */
function numberOf(value: Value): number {
  if (value === null || lostOf(value) !== null) return Number.NaN;
  return Number(isTimestamp(value) ? value.micros : value) + 0;
}

function lostOf(value: Value): string | null {
  if (value === Infinity || value === -Infinity) return String(value);
  if (!isTimestamp(value)) return null;
  return value.micros > MAX_MICROS || value.micros < -MAX_MICROS ? `${value.micros} microseconds` : null;
}

/** Rows in memory have no path: the hash of their canonical bytes stands for it. */
export function filesOf(rows: Rows, schema: Schema): SourceSnapshot["files"] {
  const hash = createHash("sha256");
  const kinds = Object.values(schema).map(({ kind }) => kind);
  let bytes = 0;
  for (const row of rows) {
    const encoded = canonical(
      Object.keys(schema).map((name) => (Object.hasOwn(row, name) ? (row[name] ?? null) : null)),
      kinds,
    );
    bytes += encoded.length;
    hash.update(encoded);
  }
  return [{ path: `sha256:${hash.digest("hex")}`, bytes, modified: 0 }];
}
