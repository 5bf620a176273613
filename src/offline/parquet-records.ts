// Records of an event log that lie in Parquet files: its history, and its compacted segments.
import { asFiles, recordSchema, type LogRequest } from "./sources/event-log.ts";
import { cellOf, type Cell } from "../schema/cells.ts";
import { parquetBatch } from "./sources/parquet.ts";
import { readColumns } from "./read-columns.ts";
import { RECORD_FIELDS } from "../plan/event-log.ts";
import { t, type Value } from "../schema/value-type.ts";
import { vectorReader } from "../schema/vector.ts";
import type { BatchColumn } from "./sources/batch.ts";
import type { DuckDB } from "./duckdb.ts";
import type { LogFile } from "./sources/event-log-files.ts";
import type { Micros } from "../time.ts";

/** A record as a file holds it. */
export interface StoredRecord {
  /** Below 0 in a history. */
  readonly position: number;
  readonly available: Micros;
  /** One per column of the source, in the schema's order. */
  readonly cells: readonly Cell[];
  /** The position of the version whose place it takes; null where it takes none. */
  readonly replaces: number | null;
}

/** What can be asked for: SQL of the position, and the columns of the source. */
export interface Asked {
  readonly position: string;
  readonly column: (name: string) => BatchColumn;
}

/** Reads records; `which` is SQL that follows WHERE. Throws a `SourceError`. */
export async function parquetRecords(
  db: DuckDB,
  { folder, schema, where }: LogRequest,
  files: readonly LogFile[],
  which: (asked: Asked) => string,
): Promise<StoredRecord[]> {
  const records = { ...recordSchema(schema), [RECORD_FIELDS.replaces]: t.int64().nullable() };
  const batch = await parquetBatch(db, asFiles(files), folder, records, where, { sparse: true });
  try {
    const column = (name: string): BatchColumn => batch.columns.find((one) => one.name === name) as BatchColumn;
    const wanted = which({ position: column(RECORD_FIELDS.position).value, column });
    const { length, vectors } = await readColumns(db, batch.columns, `${batch.relation} WHERE ${wanted}`);
    const readers = vectors.map(vectorReader);
    return Array.from({ length }, (_, i): StoredRecord => {
      const cells = readers.map((read) => cellOf(read(i) as Value));
      const [position, available, replaces] = cells.splice(-3) as [bigint, bigint, bigint | null];
      return { position: Number(position), available: Number(available), cells, replaces: replaces === null ? null : Number(replaces) };
    });
  } catch (error) {
    throw batch.mend(error);
  } finally {
    await batch.drop();
  }
}
