// The Parquet file of a training set: label columns and features, written from vectors and read back into them.
import { readColumns } from "./read-columns.ts";
import { quoteName, quoteText, type DuckDB, type NewColumn } from "./duckdb.ts";
import type { LabelTable } from "./label-table.ts";
import type { ValueKind } from "../schema/value-type.ts";
import type { Vector } from "../schema/vector.ts";

/** A column of a training set. */
export interface TrainingColumn {
  readonly name: string;
  readonly kind: ValueKind;
  readonly role: "label" | "feature";
  readonly nulls: number;
}

/** Writes labels and features, in the labels' order. Returns the columns with their null counts. */
export async function writeParquet(
  db: DuckDB,
  path: string,
  labels: LabelTable,
  features: readonly { readonly name: string; readonly vector: Vector }[],
  progress?: (rows: number) => void,
): Promise<TrainingColumn[]> {
  const length = labels.at.length;
  const table = db.scratchName("features");
  const stored = features.map(({ vector }) => store(vector));
  await db.createTable(
    table,
    stored.flatMap(({ columns }) => columns),
    length,
    progress,
  );
  let at = 0;
  const values = stored.map(({ columns, value }) => value(columns.map(() => `f.v${at++}`)));
  const all = [
    ...labels.columns.map(({ name, kind, column }) => ({
      name,
      kind,
      role: "label" as const,
      value: kind === "timestamp" ? utc(`epoch_us(l.${column})`) : `l.${column}`,
    })),
    ...features.map(({ name, vector }, i) => ({ name, kind: vector.kind, role: "feature" as const, value: values[i] as string })),
  ];
  const joined = features.length === 0 ? `${labels.table} AS l` : `${labels.table} AS l POSITIONAL JOIN ${table} AS f`;
  await db.run(
    `COPY (SELECT ${all.map(({ name, value }) => `${value} AS ${quoteName(name)}`).join(", ")} FROM ${joined}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  const nulls = await nullCounts(db, path);
  return all.map(({ name, kind, role }, i) => ({ name, kind, role, nulls: nulls[i] ?? 0 }));
}

/** How many nulls each column has, as the file itself says; nothing of a file without rows. */
async function nullCounts(db: DuckDB, path: string): Promise<number[]> {
  const counted = await db.query(
    `SELECT sum(stats_null_count)::DOUBLE AS nulls FROM parquet_metadata(${quoteText(path)}) GROUP BY column_id ORDER BY column_id`,
  );
  return counted.map(({ nulls }) => nulls as number);
}

/** Microseconds as a timestamp that says that it is in UTC. (`AT TIME ZONE` takes twenty times as long.) */
function utc(micros: string): string {
  return `make_timestamptz(${micros})`;
}

interface Stored {
  readonly columns: readonly NewColumn[];
  /** SQL of the value, from the names of the stored columns. */
  readonly value: (names: readonly string[]) => string;
}

const NUMBERS: Readonly<Record<Extract<Vector, { numbers: Float64Array }>["kind"], (stored: string) => string>> = {
  float64: (v) => v,
  int32: (v) => `${v}::INTEGER`,
  boolean: (v) => `${v} = 1`,
  timestamp: (v) => utc(`${v}::BIGINT`),
};

/** A vector as columns of a table: null is NaN, or 0 in a column of its own. */
function store(vector: Vector): Stored {
  if ("numbers" in vector)
    return {
      columns: [{ transfer: "float64", values: vector.numbers }],
      value: ([v]) => `CASE WHEN NOT isnan(${v}) THEN ${NUMBERS[vector.kind](v as string)} END`,
    };
  if (vector.kind === "string") {
    const { ids, dictionary } = vector;
    return { columns: [{ transfer: "text", values: (i) => dictionary[ids[i] as number] ?? null }], value: ([v]) => v as string };
  }
  if (vector.kind === "int128") return { columns: [{ transfer: "hugeint", values: vector.sums }], value: ([v]) => `${v}::DECIMAL(38, 0)` };
  return {
    columns: [
      { transfer: "int64", values: vector.words },
      { transfer: "uint8", values: vector.valid },
    ],
    value: ([words, valid]) => `CASE WHEN ${valid} = 1 THEN ${words} END`,
  };
}

/** Reads columns of a training set: all rows, or `length` of them from `from` on. */
export async function readParquet(
  db: DuckDB,
  path: string,
  columns: readonly TrainingColumn[],
  range?: { readonly from: number; readonly length: number },
): Promise<readonly Vector[]> {
  const wanted = columns.map(({ name, kind }) => ({ kind, value: kind === "timestamp" ? `(${quoteName(name)} AT TIME ZONE 'UTC')` : quoteName(name) }));
  const rows = range === undefined ? "" : ` LIMIT ${range.length} OFFSET ${range.from}`;
  return (await readColumns(db, wanted, `read_parquet(${quoteText(path)})${rows}`)).vectors;
}
