// Writes rows of a batch as a Parquet file of an event log: beside its place, flushed to disk, then moved there.
import { basename, dirname, join } from "node:path";
import { mkdir, open, rename } from "node:fs/promises";
import { quoteName, quoteText, type DuckDB } from "./duckdb.ts";
import { utc } from "./training-file.ts";
import type { BatchColumn } from "./sources/batch.ts";

/** Columns of a batch as SQL of what a file is to hold: under their names, times in UTC. */
export function namedColumns(columns: readonly BatchColumn[]): string[] {
  return columns.map(({ name, kind, value }) => `${kind === "timestamp" ? utc(`epoch_us(${value})`) : value} AS ${quoteName(name)}`);
}

/** Writes the rows of a query under a name that no reader takes for the file's; `settleFile` then puts it in its place. */
export async function writeAside(db: DuckDB, query: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await db.run(`COPY (${query}) TO ${quoteText(asideOf(path))} (FORMAT parquet, COMPRESSION zstd)`);
  await flush(asideOf(path));
}

/** Moves a file that was written aside to its place, for good. */
export async function settleFile(path: string): Promise<void> {
  await rename(asideOf(path), path);
  await flush(dirname(path));
  await flush(dirname(dirname(path)));
}

function asideOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.part`);
}

/** Waits until a file, or the names in a folder, are on disk. */
export async function flush(path: string): Promise<void> {
  await using file = await open(path, "r");
  await file.sync();
}
