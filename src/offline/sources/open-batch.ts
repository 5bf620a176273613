// Opens any batch as a relation in DuckDB, by its kind.
import { findFiles } from "./files.ts";
import { openCsv } from "./csv.ts";
import { findDatabase, openDuckdb } from "./duckdb-file.ts";
import { openJson } from "./json.ts";
import { openParquet } from "./parquet.ts";
import { openSql, rawSql } from "./query.ts";
import { filesOf, openRows, schemaOfRows } from "./rows.ts";
import type { Batch } from "./batch.ts";
import type { Opener } from "./query-table.ts";
import type { BatchSource } from "../../define/source.ts";
import type { DuckDB } from "../duckdb.ts";
import type { Schema } from "../../schema/value-type.ts";
import type { SourceSnapshot } from "../../plan/record.ts";

/** What is to be opened. `times` are the columns whose unreadable values are lost, and refuse their row alone. */
export interface BatchRequest {
  readonly batch: BatchSource;
  readonly schema: Schema;
  readonly times: ReadonlySet<string>;
  /** `source purchases`, for errors. */
  readonly where: string;
}

/** Opens a batch; paths are relative to `root`. Throws a `SourceError`. */
export function openBatch(db: DuckDB, root: string, { batch, schema, times, where }: BatchRequest): Promise<Batch> {
  if (batch.kind === "parquet") return openParquet(db, root, batch.path, schema, where);
  if (batch.kind === "csv") return openCsv(db, root, batch, schema, times, where);
  if (batch.kind === "json") return openJson(db, root, batch.path, schema, times, where);
  if (batch.kind === "duckdb") return openDuckdb(db, root, batch, schema, where);
  return batch.kind === "sql" ? openSql(db, root, batch, schema, where, opener(db, root)) : openRows(db, batch.rows, schema, where);
}

/** What opens the tables of a query. */
function opener(db: DuckDB, root: string): Opener {
  return {
    batch: (request) => openBatch(db, root, request),
    query: (query, where) => rawSql(db, root, query, where, opener(db, root)),
  };
}

/** What a batch is made of now, without reading it. */
export async function filesOfBatch(db: DuckDB, root: string, { batch, schema, where }: Omit<BatchRequest, "times">): Promise<SourceSnapshot["files"]> {
  if (batch.kind === "rows") return filesOf(batch.rows, schema);
  if (batch.kind === "duckdb") return (await findDatabase(root, batch.path, where)).list;
  if (batch.kind !== "sql") return (await findFiles(db, root, batch.path, where, batch.kind === "parquet" ? ".parquet" : undefined)).list;
  const files: SourceSnapshot["files"][number][] = [];
  for (const [name, table] of Object.entries(batch.tables)) {
    const place = `${where}, table ${name}`;
    const [from, declared] = "from" in table ? [table.from, table.schema] : [table, null];
    files.push(
      ...(await filesOfBatch(db, root, { batch: from, schema: declared ?? (from.kind === "rows" ? schemaOfRows(from.rows, place) : {}), where: place })),
    );
  }
  return files;
}
