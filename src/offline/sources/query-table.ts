// The tables of a query: batches of any kind, each as SQL that selects its columns under their own names.
import { rawDuckdb } from "./duckdb-file.ts";
import { rawJson } from "./json.ts";
import { rawParquet } from "./parquet.ts";
import { schemaOfCsv } from "./csv.ts";
import { schemaOfRows } from "./rows.ts";
import { quoteName, type DuckDB } from "../duckdb.ts";
import type { Batch } from "./batch.ts";
import type { BatchRequest } from "./open-batch.ts";
import type { BatchSource, SqlTable } from "../../define/source.ts";
import type { RawTable } from "./raw-table.ts";
import type { Schema } from "../../schema/value-type.ts";

/** An opened table of a query. */
export interface QueryTable extends Pick<Batch, "files" | "mend" | "drop"> {
  /** The SELECT that gives its columns. */
  readonly select: string;
}

/** Opens batches with a schema, and queries within queries: `open-batch.ts`, which reads queries itself. */
export interface Opener {
  readonly batch: (request: BatchRequest) => Promise<Batch>;
  readonly query: (query: Extract<BatchSource, { kind: "sql" }>, where: string) => Promise<RawTable>;
}

/** Opens a table of a query. Throws a `SourceError`. */
export async function openQueryTable(db: DuckDB, root: string, table: SqlTable, where: string, open: Opener): Promise<QueryTable> {
  const typed = async (batch: BatchSource, schema: Schema): Promise<QueryTable> => {
    const opened = await open.batch({ batch, schema, times: new Set(), where });
    return { ...opened, select: `SELECT ${opened.columns.map(({ name, value }) => `${value} AS ${quoteName(name)}`).join(", ")} FROM ${opened.relation}` };
  };
  const raw = async (opened: Promise<RawTable>): Promise<QueryTable> => ({ ...(await opened), select: `SELECT * FROM ${(await opened).from}` });
  if ("from" in table) return typed(table.from, table.schema);
  if (table.kind === "parquet") return raw(rawParquet(db, root, table.path, where));
  if (table.kind === "json") return raw(rawJson(db, root, table.path, where));
  if (table.kind === "duckdb") return raw(rawDuckdb(db, root, table, where));
  if (table.kind === "sql") return raw(open.query(table, where));
  return typed(table, table.kind === "csv" ? await schemaOfCsv(db, root, table, where) : schemaOfRows(table.rows, where));
}
