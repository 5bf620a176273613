// A table with columns of SQL types, seen as a batch: what a query or a database gave, read as the schema's kinds.
import type { Batch } from "./batch.ts";
import type { DuckDB } from "../duckdb.ts";
import type { SqlColumn } from "./sql-columns.ts";

/** The SQL types of a query's columns, by name. */
export async function typesOf(db: DuckDB, query: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db.query(`DESCRIBE ${query}`);
  return new Map(rows.map((row) => [row["column_name"] as string, row["column_type"] as string]));
}

/** A batch over a temporary table, which it drops. Rows are numbered as they lie in it. */
export async function overTable(
  db: DuckDB,
  table: string,
  columns: readonly SqlColumn[],
  rest: Pick<Batch, "files" | "ordered" | "place" | "mend">,
): Promise<Batch> {
  const view = db.freshName("typed");
  const selected = columns.flatMap(({ selects }) => selects);
  await db.run(`CREATE TEMP VIEW ${view} AS SELECT ${[...selected, "'' AS file", "rowid + 1 AS row"].join(", ")} FROM ${table}`);
  return {
    relation: view,
    columns: columns.map(({ column }) => column),
    ...rest,
    drop: async () => {
      await db.run(`DROP VIEW ${view}`);
      await db.run(`DROP TABLE ${table}`);
    },
  };
}
