// A table of a DuckDB database file as a batch: the file is attached for reading only, what is wanted is copied, and it is let go.
import { isAbsolute, join } from "node:path";
import { stat } from "node:fs/promises";
import { didYouMean, SourceError } from "../../errors.ts";
import { identify, unreadable, type Files } from "./files.ts";
import { overTable, typesOf } from "./typed-table.ts";
import { quoteName, quoteText, type DuckDB } from "../duckdb.ts";
import { sqlColumns } from "./sql-columns.ts";
import type { Batch } from "./batch.ts";
import type { BatchSource } from "../../define/source.ts";
import type { RawTable } from "./raw-table.ts";
import type { Schema } from "../../schema/value-type.ts";

type DatabaseTable = Extract<BatchSource, { kind: "duckdb" }>;

/** The file, and beside it the log of what is not in it yet. Throws a `SourceError` where there is no file. */
export async function findDatabase(root: string, path: string, where: string): Promise<Files> {
  const file = isAbsolute(path) ? path : join(root, path);
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true)
    throw new SourceError({
      code: "SOURCE_NO_FILE",
      what: `there is no file '${path}'`,
      where,
      cure: `Paths are relative to ${root}: mend the path, or put the file there`,
    });
  const log = (await stat(`${file}.wal`).catch(() => null)) === null ? [] : [`${file}.wal`];
  const list = await Promise.all([file, ...log].map((one) => identify(root, one)));
  return { paths: [file], list, shown: () => path };
}

const CONVERT = 'Convert it in a query: sql("SELECT CAST(... AS ...) ...", { rows: duckdb(...) })';

/** Copies the schema's columns of a table. Throws a `SourceError` for a missing file, table or column, a wrong type, or a file in use. */
export async function openDuckdb(db: DuckDB, root: string, { path, table }: DatabaseTable, schema: Schema, where: string): Promise<Batch> {
  const place = `${where}, ${path}, ${table}`;
  const files = await findDatabase(root, path, where);
  const copy = db.freshName("duckdb");
  const columns = await attached(db, files, table, where, async (name) => {
    const found = sqlColumns(schema, await typesOf(db, `SELECT * FROM ${name}`), place, CONVERT);
    await db.run(`CREATE TEMP TABLE ${copy} AS SELECT ${Object.keys(schema).map(quoteName).join(", ")} FROM ${name}`);
    return found;
  });
  const batch = { files: files.list, ordered: false, place: (_file: string, row: number) => `${path}, ${table}, row ${row}`, mend: (error: unknown) => error };
  return overTable(db, copy, columns, batch);
}

/** Copies a whole table, as a table of a query. */
export async function rawDuckdb(db: DuckDB, root: string, { path, table }: DatabaseTable, where: string): Promise<RawTable> {
  const files = await findDatabase(root, path, where);
  const copy = db.scratchName("duckdb");
  await attached(db, files, table, where, (name) => db.run(`CREATE TEMP TABLE ${copy} AS SELECT * FROM ${name}`));
  return { from: copy, files: files.list, mend: (error) => error, drop: () => db.run(`DROP TABLE ${copy}`) };
}

/**
 * Does `work` with the full name of a table while its file is attached. A file that stays attached could not be written by
 * anyone, and DuckDB would not see that it was.
 */
async function attached<T>(db: DuckDB, files: Files, table: string, where: string, work: (name: string) => Promise<T>): Promise<T> {
  const file = files.paths[0] as string;
  const database = db.freshName("file");
  try {
    await db.run(`ATTACH ${quoteText(file)} AS ${database} (READ_ONLY, TYPE duckdb)`);
  } catch (error) {
    throw inUse(error, where, files) ?? unreadable(error, where, files);
  }
  try {
    return await work(await findTable(db, database, table, `${where}, ${files.shown(file)}`));
  } catch (error) {
    throw unreadable(error, where, files);
  } finally {
    await db.undo(`DETACH ${database}`);
  }
}

function inUse(error: unknown, where: string, files: Files): SourceError | null {
  const holder = error instanceof Error ? /Conflicting lock is held in (.*?\(PID \d+\))/.exec(error.message)?.[1] : undefined;
  if (holder === undefined) return null;
  return new SourceError(
    {
      code: "SOURCE_IN_USE",
      what: `the file is open for writing in ${holder}`,
      where: `${where}, ${files.shown("")}`,
      cure: "Close it there, or read a copy of it",
    },
    { cause: error },
  );
}

/** The full name of the table or view that `table` names, with its schema or, in `main` or where only one has that name, without. */
async function findTable(db: DuckDB, database: string, table: string, where: string): Promise<string> {
  const text = quoteText(database);
  const found = (
    await db.query(
      `SELECT schema_name AS schema, table_name AS name FROM duckdb_tables() WHERE database_name = ${text} UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = ${text} AND NOT internal ORDER BY ALL`,
    )
  ).map((row) => ({ schema: row["schema"] as string, name: row["name"] as string }));
  const full = (one: { readonly schema: string; readonly name: string }): string => `${one.schema}.${one.name}`;
  const short = found.filter(({ name }) => name === table);
  const one = found.find((each) => full(each) === table) ?? short.find(({ schema }) => schema === "main") ?? (short.length === 1 ? short[0] : undefined);
  if (one !== undefined) return [database, one.schema, one.name].map(quoteName).join(".");
  throw new SourceError({
    code: "SOURCE_UNKNOWN_TABLE",
    what: short.length > 1 ? `several tables are named '${table}'` : `there is no table '${table}'`,
    where,
    cure:
      short.length > 1
        ? `Name one of them: ${short.map(full).join(", ")}`
        : didYouMean(
            table,
            found.flatMap((each) => (each.schema === "main" ? [each.name] : [full(each)])),
          ),
  });
}
