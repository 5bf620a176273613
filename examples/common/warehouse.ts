// An example's own warehouse: DuckDB over Parquet files, as a data team would have it beside a feature store.
import { renameSync } from "node:fs";
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from "@duckdb/node-api";

/** A connection to a warehouse in memory; `close` frees it. */
export interface Warehouse {
  /** Runs statements for their effect. */
  run(sql: string): Promise<void>;
  /** Runs a query of numbers, booleans and text, and gives its columns, whole, by name. */
  columns(sql: string): Promise<Table>;
  close(): void;
}

/** Columns by name: numbers with NaN for null (booleans are 0 and 1), text as strings. */
export interface Table {
  readonly rows: number;
  numbers(name: string): Float64Array;
  texts(name: string): readonly string[];
}

/** Opens an empty warehouse in memory. */
export async function openWarehouse(): Promise<Warehouse> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  return {
    run: async (sql) => void (await connection.run(sql)),
    columns: async (sql) => readColumns(connection, sql),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function readColumns(connection: DuckDBConnection, sql: string): Promise<Table> {
  const result = await connection.run(sql);
  const names = result.columnNames();
  const chunks = await result.fetchAllChunks();
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const column = <A extends { [row: number]: unknown }>(name: string, out: A, of: (value: DuckDBValue) => A[number]): A => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`the query has no column ${name}`);
    let at = 0;
    for (const chunk of chunks) {
      const vector = chunk.getColumnVector(index);
      for (let row = 0; row < vector.itemCount; row++) out[at++] = of(vector.getItem(row));
    }
    return out;
  };
  return {
    rows,
    numbers: (name) => column(name, new Float64Array(rows), (value) => (value === null ? Number.NaN : Number(value))),
    texts: (name) => column<string[]>(name, [], String),
  };
}

/** Text as SQL spells it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Writes what a query gives as a Parquet file, which is there whole or not at all. */
export async function writeParquet(warehouse: Warehouse, file: string, query: string): Promise<void> {
  await warehouse.run(`copy (${query}) to ${quoted(`${file}.part`)} (format parquet, row_group_size 51200, compression snappy)`);
  renameSync(`${file}.part`, file);
}
