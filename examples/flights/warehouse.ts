// The example's own warehouse: DuckDB over Parquet files, as a data team would have it beside a feature store.
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";

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
  const reader = await connection.runAndReadAll(sql);
  const names = reader.columnNames();
  const values = reader.getColumns();
  const column = (name: string): readonly unknown[] => {
    const found = values[names.indexOf(name)];
    if (found === undefined) throw new Error(`the query has no column ${name}`);
    return found;
  };
  return {
    rows: reader.currentRowCount,
    numbers: (name) => Float64Array.from(column(name), (value) => (value === null ? Number.NaN : Number(value))),
    texts: (name) => column(name) as readonly string[],
  };
}

/** Text as SQL spells it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
