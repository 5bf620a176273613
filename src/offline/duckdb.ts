// DuckDB, embedded: SQL in, typed arrays out, whole vectors at a time. The only file that imports its client, lazily.
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBResult, DuckDBType, DuckDBValue, DuckDBVector } from "@duckdb/node-api";
import { fromNative, native } from "./duckdb-collections.ts";
import type { Vector } from "../schema/vector.ts";

export type { DuckDBType, DuckDBValue, DuckDBVector };
export type Client = typeof import("@duckdb/node-api");

/** How a column of a result lies in memory, and the SQL type that it must have: DOUBLE, INTEGER, BIGINT, UTINYINT, VARCHAR. */
export interface Arrays {
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly text: readonly (string | null)[];
  /** Of the types that `createTable` gives to vectors; in pieces. */
  readonly vectors: readonly Vector[];
}
export type Transfer = keyof Arrays;

/** A column of a table that is made of arrays. */
export type NewColumn =
  | { readonly transfer: "float64"; readonly values: Float64Array }
  | { readonly transfer: "int32"; readonly values: Int32Array }
  | { readonly transfer: "int64"; readonly values: BigInt64Array }
  | { readonly transfer: "uint8"; readonly values: Uint8Array }
  | { readonly transfer: "text"; readonly values: (index: number) => string | null }
  | { readonly transfer: "vector"; readonly values: Vector };

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
  readonly #client: Client;
  #signal: AbortSignal | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #names = 0;
  #scratch: string[] = [];

  private constructor(client: Client, instance: DuckDBInstance, connection: DuckDBConnection) {
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

  /** Carries out a statement that takes another back: after an abort as well. */
  async undo(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** Does `work` on one thread, so that DuckDB takes rows in the same order, and adds up the same, each time. */
  async onOneThread<T>(work: () => Promise<T>): Promise<T> {
    const [before] = await this.query("SELECT current_setting('threads')::INTEGER AS threads");
    await this.run("SET threads = 1");
    try {
      return await work();
    } finally {
      await this.undo(`SET threads = ${Number(before?.["threads"])}`);
    }
  }

  /** The rows of a small result, as values of JavaScript. */
  async query(sql: string): Promise<readonly Readonly<Record<string, Cell>>[]> {
    this.#signal?.throwIfAborted();
    return (await this.#connection.runAndReadAll(sql)).getRowObjectsJS() as Record<string, Cell>[];
  }

  /** Reads a result into arrays, chunk by chunk, numbers by copying whole vectors. No column but text and vectors may hold null. */
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
    const fillers = columns.map((column) => filler(column, this.#client));
    const types = fillers.map(({ type }) => type);
    await this.run(`CREATE TEMP TABLE ${quoteName(name)} (${types.map((type, i) => `v${i} ${type.toString()}`).join(", ")})`);
    const appender = await this.#connection.createAppender(name);
    const reusable = fillers.every(({ isWhole }) => isWhole);
    let chunk: DuckDBDataChunk | null = null;
    for (let from = 0; from < length; from += CHUNK) {
      this.#signal?.throwIfAborted();
      const rows = Math.min(CHUNK, length - from);
      if (chunk === null || !reusable || rows < CHUNK) chunk = this.#client.DuckDBDataChunk.create(types, rows);
      for (const [i, { fill }] of fillers.entries()) {
        const vector = chunk.getColumnVector(i);
        fill(vector, from, rows);
        vector.flush();
      }
      appender.appendDataChunk(chunk);
      if ((from / CHUNK) % 64 !== 63) continue;
      progress?.(from + rows);
      await new Promise(setImmediate);
    }
    appender.closeSync();
  }

  close(): void {
    this.#scratch = [];
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

type Numbers = Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** The buffer of a vector of numbers. The client keeps it private in its types; copying it is ten times faster than reading values. */
function buffer(vector: DuckDBVector): Numbers {
  return (vector as unknown as { readonly items: Numbers }).items;
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
      (values as Float64Array).set(buffer(chunk.getColumnVector(column)) as Float64Array, at);
    },
    finish: (length) => values.subarray(0, length) as A,
  };
}

function collectText(): Collector {
  const values: (string | null)[] = [];
  return { take: (chunk, column) => values.push(...(chunk.getColumnValues(column) as (string | null)[])), finish: () => values };
}

function collectVectors(): Collector {
  const pieces: Vector[] = [];
  return { take: (chunk, column) => pieces.push(fromNative(chunk.getColumnVector(column))), finish: () => pieces };
}

const COLLECTORS: Readonly<Record<Transfer, () => Collector>> = {
  float64: () => collectNumbers((length) => new Float64Array(length)),
  int32: () => collectNumbers((length) => new Int32Array(length)),
  int64: () => collectNumbers((length) => new BigInt64Array(length)),
  uint8: () => collectNumbers((length) => new Uint8Array(length)),
  text: collectText,
  vectors: collectVectors,
};

/** How a column gets into chunks of a table. */
interface Filler {
  readonly type: DuckDBType;
  /** Whether every value of a chunk is written, so that a chunk can be used again. */
  readonly isWhole: boolean;
  /** Writes rows of the column into a vector. */
  readonly fill: (vector: DuckDBVector, from: number, rows: number) => void;
}

function filler(column: NewColumn, client: Client): Filler {
  if (column.transfer === "text") return byValue(client.VARCHAR, column.values);
  if (column.transfer === "vector") {
    const { type, value } = native(client, column.values);
    return byValue(type, value);
  }
  const { DOUBLE, INTEGER, BIGINT, UTINYINT } = client;
  const type = { float64: DOUBLE, int32: INTEGER, int64: BIGINT, uint8: UTINYINT }[column.transfer];
  const fill: Filler["fill"] = (vector, from, rows) => (buffer(vector) as Float64Array).set(column.values.subarray(from, from + rows) as Float64Array);
  return { type, isWhole: true, fill };
}

function byValue(type: DuckDBType, value: (index: number) => DuckDBValue): Filler {
  const fill: Filler["fill"] = (vector, from, rows) => {
    for (let i = 0; i < rows; i++) vector.setItem(i, value(from + i));
  };
  return { type, isWhole: false, fill };
}
