// Batches for tests: a folder with real files, a DuckDB to read them with, and what comes of each row.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDB } from "../../src/offline/duckdb.ts";
import { filesOfBatch, openBatch } from "../../src/offline/sources/open-batch.ts";
import { readColumns } from "../../src/offline/read-columns.ts";
import { isTimestamp } from "../../src/time.ts";
import { vectorReader } from "../../src/schema/vector.ts";
import type { BatchSource } from "../../src/define/source.ts";
import type { Schema } from "../../src/schema/value-type.ts";
import type { SourceSnapshot } from "../../src/plan/record.ts";

/** A temporary folder with a database. */
export class Batches {
  readonly root: string;
  readonly db: DuckDB;

  private constructor(root: string, db: DuckDB) {
    this.root = root;
    this.db = db;
  }

  static async open(): Promise<Batches> {
    const root = await mkdtemp(join(tmpdir(), "asof-batch-"));
    return new Batches(root, await DuckDB.open({ memory: null, threads: null, temp: join(root, "temp") }));
  }

  async close(): Promise<void> {
    this.db.close();
    await rm(this.root, { recursive: true });
  }

  /** Writes a file of text. */
  async text(name: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, name)), { recursive: true });
    await writeFile(join(this.root, name), text);
  }

  /** Writes the result of a query to a Parquet file. */
  async parquet(name: string, select: string): Promise<void> {
    await mkdir(dirname(join(this.root, name)), { recursive: true });
    await this.db.run(`COPY (${select}) TO '${join(this.root, name)}' (FORMAT parquet)`);
  }

  /** Makes a DuckDB database file with these statements. */
  async database(name: string, ...statements: readonly string[]): Promise<void> {
    await this.db.run(`ATTACH '${join(this.root, name)}' AS made`);
    for (const statement of statements) await this.db.run(statement);
    await this.db.run("DETACH made");
  }

  /** The values of a batch, row by row, with timestamps as text.. */
  async read(batch: BatchSource, schema: Schema, times: readonly string[] = []): Promise<unknown[][]> {
    const opened = await openBatch(this.db, this.root, { batch, schema, times: new Set(times), where: "source tried" });
    const { length, vectors } = await readColumns(this.db, opened.columns, opened.relation).catch((error: unknown) => {
      throw opened.mend(error);
    });
    await opened.drop();
    const readers = vectors.map(vectorReader);
    return Array.from({ length }, (_, i) => readers.map((value) => value(i)).map((value) => (isTimestamp(value) ? value.toString() : value)));
  }

  /** What is in the database: its tables, views and attached files. */
  async left(): Promise<readonly string[]> {
    const found = await this.db.query(
      "SELECT table_name AS name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal UNION ALL SELECT database_name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'memory' ORDER BY ALL",
    );
    return found.map(({ name }) => name as string);
  }

  files(batch: BatchSource): Promise<SourceSnapshot["files"]> {
    return filesOfBatch(this.db, this.root, { batch, schema: {}, where: "source tried" });
  }
}
