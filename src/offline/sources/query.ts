// A query as a batch: checked, run once over its tables, and its result kept as a table.
import { checkQuery } from "./query-guard.ts";
import { openQueryTable, type Opener, type QueryTable } from "./query-table.ts";
import { overTable, typesOf } from "./typed-table.ts";
import { quoteName, type DuckDB } from "../duckdb.ts";
import { SourceError } from "../../errors.ts";
import { sqlColumns } from "./sql-columns.ts";
import type { Batch } from "./batch.ts";
import type { BatchSource } from "../../define/source.ts";
import type { RawTable } from "./raw-table.ts";
import type { Schema } from "../../schema/value-type.ts";

type Sql = Extract<BatchSource, { kind: "sql" }>;

const CONVERT = "Convert it in the query: CAST(... AS ...)";

/** Runs a query and reads its result as a schema. Throws a `SourceError` for a query that is refused, or a result that does not fit. */
export async function openSql(db: DuckDB, root: string, sql: Sql, schema: Schema, where: string, open: Opener): Promise<Batch> {
  const { from, ordered, files, drop } = await rawSql(db, root, sql, where, open);
  try {
    const columns = sqlColumns(schema, await typesOf(db, `SELECT * FROM ${from}`), `${where}, the query's result`, CONVERT);
    return await overTable(db, from, columns, { files, ordered, place: (_file, row) => `row ${row} of the query's result`, mend: (error) => error });
  } catch (error) {
    await drop();
    throw error;
  }
}

/** Runs a query. Its result is a temporary table. Throws a `SourceError`. */
export async function rawSql(db: DuckDB, root: string, { query, tables }: Sql, where: string, open: Opener): Promise<RawTable & Pick<Batch, "ordered">> {
  const { ordered, inSequence } = await checkQuery(db, query, Object.keys(tables), where);
  const result = db.freshName("query");
  const opened: QueryTable[] = [];
  const selects: string[] = [];
  try {
    for (const [name, table] of Object.entries(tables)) {
      const one = await openQueryTable(db, root, table, `${where}, table ${name}`, open);
      opened.push(one);
      selects.push(`${quoteName(name)} AS NOT MATERIALIZED (${one.select})`);
    }
    const text = query.trimEnd().replace(/;$/, "");
    const run = (): Promise<void> => db.run(`CREATE TEMP TABLE ${result} AS WITH ${selects.join(", ")} SELECT * FROM (\n${text}\n)`);
    await (inSequence ? db.onOneThread(run) : run());
  } catch (error) {
    throw mended(error, opened, where);
  } finally {
    for (const { drop } of opened) await drop();
  }
  return { from: result, ordered, files: opened.flatMap(({ files }) => files), mend: (error) => error, drop: () => db.run(`DROP TABLE ${result}`) };
}

/** What DuckDB says of the query itself, and not of a file that it reads. */
const OF_QUERY = /^(Binder|Catalog|Constraint|Conversion|Invalid Input|Invalid Type|Not implemented|Out of Range|Parser) Error: /i;

function mended(error: unknown, tables: readonly QueryTable[], where: string): unknown {
  if (!(error instanceof Error) || error.constructor !== Error) return error;
  const mend = tables.find(({ files }) => files.some(({ path }) => error.message.includes(`${path}"`)))?.mend;
  if (mend !== undefined) return mend(error);
  if (!OF_QUERY.test(error.message)) return error;
  const what = (error.message.split(/\n\s*\n/)[0] as string)
    .replace(OF_QUERY, "")
    .replaceAll(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  return new SourceError({ code: "SOURCE_BAD_QUERY", what: `the query cannot be carried out: ${what}`, where, cure: "Mend the query" }, { cause: error });
}
