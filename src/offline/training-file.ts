// The Parquet file of a training set: label columns and features, written from vectors and read back into them.
import { isCollection, type Vector } from "../schema/vector.ts";
import { readColumns } from "./read-columns.ts";
import { store } from "./stored-vector.ts";
import { quoteName, quoteText, type DuckDB } from "./duckdb.ts";
import type { LabelTable } from "./label-table.ts";
import type { ValueKind } from "../schema/value-type.ts";

/** What a column is: the labels' own and an outcome, a feature, or the part of a split. */
export type ColumnRole = "label" | "feature" | "split";

/** A column that was computed. A feature where nothing is said. */
export interface ComputedColumn {
  readonly name: string;
  readonly vector: Vector;
  readonly role?: ColumnRole;
}

/** A column of a training set. */
export interface TrainingColumn {
  readonly name: string;
  readonly kind: ValueKind;
  readonly role: ColumnRole;
  readonly nulls: number;
}

/** Writes labels and computed columns, in the labels' order. Returns the columns with their null counts. */
export async function writeParquet(
  db: DuckDB,
  path: string,
  labels: LabelTable,
  features: readonly ComputedColumn[],
  progress?: (rows: number) => void,
): Promise<TrainingColumn[]> {
  const length = labels.at.length;
  const table = db.scratchName("features");
  const stored = features.map(({ vector }) => store(vector, utc));
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
      missing: null,
    })),
    ...features.map(({ name, vector, role = "feature" }, i) => ({
      name,
      kind: vector.kind,
      role,
      value: values[i] as string,
      missing: nullCollections(vector),
    })),
  ];
  const joined = features.length === 0 ? `${labels.table} AS l` : `${labels.table} AS l POSITIONAL JOIN ${table} AS f`;
  await db.run(
    `COPY (SELECT ${all.map(({ name, value }) => `${value} AS ${quoteName(name)}`).join(", ")} FROM ${joined}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  const nulls = await nullCounts(db, path);
  return all.map(({ name, kind, role, missing }) => {
    const [nullsOfFirst = 0] = nulls.splice(0, leaves(kind));
    return { name, kind, role, nulls: missing ?? nullsOfFirst };
  });
}

/** How many nulls each column has, as the file itself says; nothing of a file without rows. A list or map is as many columns as its `leaves`. */
async function nullCounts(db: DuckDB, path: string): Promise<number[]> {
  const counted = await db.query(
    `SELECT sum(stats_null_count)::DOUBLE AS nulls FROM parquet_metadata(${quoteText(path)}) GROUP BY column_id ORDER BY column_id`,
  );
  return counted.map(({ nulls }) => nulls as number);
}

function leaves(kind: ValueKind): number {
  return typeof kind === "string" || "list" in kind ? 1 : 1 + leaves(kind.of);
}

/** How many lists or maps are null; null for other vectors, of which the file says it. */
function nullCollections(vector: Vector): number | null {
  return isCollection(vector) ? vector.lengths.reduce((nulls, length) => (length < 0 ? nulls + 1 : nulls), 0) : null;
}

/** Microseconds as a timestamp that says that it is in UTC. (`AT TIME ZONE` takes twenty times as long.) */
export function utc(micros: string): string {
  return `make_timestamptz(${micros})`;
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
