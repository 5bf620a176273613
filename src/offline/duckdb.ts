// DuckDB, embedded: SQL in, typed arrays out, whole vectors at a time. The only file that imports its client, lazily.
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBResult, DuckDBType } from "@duckdb/node-api";

/** How a column of a result lies in memory, and the SQL type that it must have: DOUBLE, INTEGER, BIGINT, UTINYINT, VARCHAR. */
export interface Arrays {
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly text: readonly (string | null)[];
}
export type Transfer = keyof Arrays;

/** A column of a table that is made of arrays. */
export type NewColumn =
  | { readonly transfer: "float64"; readonly values: Float64Array }
  | { readonly transfer: "int32"; readonly values: Int32Array }
  | { readonly transfer: "int64"; readonly values: BigInt64Array }
  | { readonly transfer: "uint8"; readonly values: Uint8Array }
  | { readonly transfer: "text"; readonly values: (index: number) => string | null }
  | { readonly transfer: "hugeint"; readonly values: readonly (bigint | null)[] };

/** Columns of a result, in the order of the query, all of one length. */
export type ReadColumns<T extends readonly Transfer[]> = { readonly [I in keyof T]: Arrays[T[I]] };

/** A value of a small result. */
export type Cell = string | number | bigint | boolean | null;

export interface DuckDBSettings {
  /** Such as `2GB`; null leaves it to DuckDB (80 % of the machine). */
  readonly memory: string | null;
  readonly threads: number | null;
  /** An existing or new folder for what does not fit into memory. */
  readonly temp: string;
}

/** Rows that a vector holds at most. */
const CHUNK = 2048;

/** A name as SQL: whatever it holds, it stays a name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** One in-memory database with one connection, which does one thing at a time. */
export class DuckDB {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #client: typeof import("@duckdb/node-api");
  #signal: AbortSignal | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #names = 0;
  #scratch: string[] = [];

  private constructor(client: typeof import("@duckdb/node-api"), instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#client = client;
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(settings: DuckDBSettings): Promise<DuckDB> {
    const client = await import("@duckdb/node-api");
    const options: Record<string, string> = { temp_directory: settings.temp };
    if (settings.memory !== null) options["memory_limit"] = settings.memory;
    if (settings.threads !== null) options["threads"] = String(settings.threads);
    const instance = await client.DuckDBInstance.create(":memory:", options);
    const db = new DuckDB(client, instance, await instance.connect());
    await db.run("SET TimeZone = 'UTC'");
    return db;
  }

  /** A name that no other table or view of this database has. */
  freshName(role: string): string {
    return `${role}_${++this.#names}`;
  }

  /** A name for a table that is dropped, if it is still there, when the work that it is for is done. */
  scratchName(role: string): string {
    const name = this.freshName(role);
    this.#scratch.push(name);
    return name;
  }

  /** Does `work` when all that was asked for earlier is done; an abort of `signal` interrupts its queries. */
  async exclusively<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    let done = (): void => {};
    this.#turn = new Promise<void>((resolve) => (done = resolve));
    await before;
    const interrupt = (): void => this.#connection.interrupt();
    this.#signal = signal ?? null;
    signal?.addEventListener("abort", interrupt);
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", interrupt);
      this.#signal = null;
      await this.#sweepUp().finally(done);
    }
  }

  async #sweepUp(): Promise<void> {
    const names = this.#scratch;
    this.#scratch = [];
    for (const name of names) await this.run(`DROP TABLE IF EXISTS ${name}`);
  }

  /** Carries out a statement. */
  async run(sql: string): Promise<void> {
    this.#signal?.throwIfAborted();
    await this.#connection.run(sql);
  }

  /** The rows of a small result, as values of JavaScript. */
  async query(sql: string): Promise<readonly Readonly<Record<string, Cell>>[]> {
    this.#signal?.throwIfAborted();
    return (await this.#connection.runAndReadAll(sql)).getRowObjectsJS() as Record<string, Cell>[];
  }

  /** Reads a result into arrays, chunk by chunk, numbers by copying whole vectors. No column but text may hold null. */
  async read<const T extends readonly Transfer[]>(sql: string, transfers: T): Promise<{ readonly length: number; readonly columns: ReadColumns<T> }> {
    this.#signal?.throwIfAborted();
    const result = await this.#connection.stream(sql);
    const columns = transfers.map((transfer) => COLLECTORS[transfer]());
    const length = await this.#collect(result, columns);
    return { length, columns: columns.map((column) => column.finish(length)) as unknown as ReadColumns<T> };
  }

  async #collect(result: DuckDBResult, columns: readonly Collector[]): Promise<number> {
    for (let length = 0; ;) {
      this.#signal?.throwIfAborted();
      const chunk = await result.fetchChunk();
      const rows = chunk?.rowCount ?? 0;
      if (chunk === null || rows === 0) return length;
      columns.forEach((column, i) => column.take(chunk, i, length, rows));
      length += rows;
    }
  }

  /** Makes a temporary table with columns `v0`, `v1`, ... out of arrays, by copying whole vectors. */
  async createTable(name: string, columns: readonly NewColumn[], length: number, progress?: (rows: number) => void): Promise<void> {
    const types = columns.map((column) => this.#type(column.transfer));
    await this.run(`CREATE TEMP TABLE ${quoteName(name)} (${types.map((type, i) => `v${i} ${type.toString()}`).join(", ")})`);
    const appender = await this.#connection.createAppender(name);
    const reusable = columns.every(({ transfer }) => transfer !== "text" && transfer !== "hugeint");
    let chunk: DuckDBDataChunk | null = null;
    for (let from = 0; from < length; from += CHUNK) {
      this.#signal?.throwIfAborted();
      const rows = Math.min(CHUNK, length - from);
      if (chunk === null || !reusable || rows < CHUNK) chunk = this.#client.DuckDBDataChunk.create(types, rows);
      for (const [i, column] of columns.entries()) fill(chunk, i, column, from, rows);
      appender.appendDataChunk(chunk);
      if ((from / CHUNK) % 64 !== 63) continue;
      progress?.(from + rows);
      await new Promise(setImmediate);
    }
    appender.closeSync();
  }

  #type(transfer: NewColumn["transfer"]): DuckDBType {
    const { DOUBLE, INTEGER, BIGINT, UTINYINT, VARCHAR, HUGEINT } = this.#client;
    return { float64: DOUBLE, int32: INTEGER, int64: BIGINT, uint8: UTINYINT, text: VARCHAR, hugeint: HUGEINT }[transfer];
  }

  close(): void {
    this.#scratch = [];
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

type Numbers = Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** The buffer of a vector of numbers. The client keeps it private in its types; copying it is ten times faster than reading values. */
function buffer(chunk: DuckDBDataChunk, column: number): Numbers {
  return (chunk.getColumnVector(column) as unknown as { readonly items: Numbers }).items;
}

/** Gathers one column of a result. */
interface Collector {
  take(chunk: DuckDBDataChunk, column: number, at: number, rows: number): void;
  finish(length: number): Arrays[Transfer];
}

function collectNumbers<A extends Numbers>(make: (length: number) => A): Collector {
  let values = make(CHUNK);
  return {
    take: (chunk, column, at, rows) => {
      if (at + rows > values.length) {
        const grown = make(Math.max(values.length * 2, at + rows));
        (grown as Float64Array).set(values as Float64Array);
        values = grown;
      }
      (values as Float64Array).set(buffer(chunk, column) as Float64Array, at);
    },
    finish: (length) => values.subarray(0, length) as A,
  };
}

function collectText(): Collector {
  const values: (string | null)[] = [];
  return { take: (chunk, column) => values.push(...(chunk.getColumnValues(column) as (string | null)[])), finish: () => values };
}

const COLLECTORS: Readonly<Record<Transfer, () => Collector>> = {
  float64: () => collectNumbers((length) => new Float64Array(length)),
  int32: () => collectNumbers((length) => new Int32Array(length)),
  int64: () => collectNumbers((length) => new BigInt64Array(length)),
  uint8: () => collectNumbers((length) => new Uint8Array(length)),
  text: collectText,
};

/** Writes rows of a column into a chunk. */
function fill(chunk: DuckDBDataChunk, index: number, column: NewColumn, from: number, rows: number): void {
  const vector = chunk.getColumnVector(index);
  if (column.transfer === "text") for (let i = 0; i < rows; i++) vector.setItem(i, column.values(from + i));
  else if (column.transfer === "hugeint") for (let i = 0; i < rows; i++) vector.setItem(i, column.values[from + i] ?? null);
  else (buffer(chunk, index) as Float64Array).set(column.values.subarray(from, from + rows) as Float64Array);
  vector.flush();
}
