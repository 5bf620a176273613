// Opens any batch as a relation in DuckDB, by its kind.
import { findFiles } from "./files.ts";
import { openCsv } from "./csv.ts";
import { openParquet } from "./parquet.ts";
import { filesOf, openRows } from "./rows.ts";
import type { Batch } from "./batch.ts";
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
  return batch.kind === "csv" ? openCsv(db, root, batch, schema, times, where) : openRows(db, batch.rows, schema, where);
}

/** What a batch is made of now, without reading it. */
export async function filesOfBatch(db: DuckDB, root: string, { batch, schema, where }: BatchRequest): Promise<SourceSnapshot["files"]> {
  return batch.kind === "rows" ? filesOf(batch.rows, schema) : (await findFiles(db, root, batch.path, where)).list;
}
