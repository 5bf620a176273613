// An event source as a relation: when its rows happened and were available, and until when they counted.
import { openBatch, filesOfBatch, type BatchRequest } from "./sources/open-batch.ts";
import { tableColumns, type Batch, type BatchColumn } from "./sources/batch.ts";
import { admission, versionsQuery, type Versioned } from "./versions.ts";
import { availableMicros } from "./available-time.ts";
import type { Micros } from "../time.ts";
import { SourceError } from "../errors.ts";
import type { DuckDB } from "./duckdb.ts";
import type { Source } from "../define/source.ts";
import type { SourceSnapshot } from "../plan/record.ts";

/** `recorded`: rows count from their available time on. `instant`: as if each had been available when it happened. */
export type Availability = "recorded" | "instant";

/** A string column's distinct texts in UTF-8 order, and the table that gives each its number: `v`, `id`. */
export interface Dictionary {
  readonly table: string;
  readonly texts: readonly string[];
}

/** An opened event source. */
export class EventTable {
  readonly source: Source<unknown>;
  readonly batch: Batch;
  /** The relation to read: the batch's own, or a table of its rows' versions. */
  readonly relation: string;
  readonly columns: readonly BatchColumn[];
  readonly #settled: Settled | null;
  readonly #files: SourceSnapshot["files"];
  readonly #db: DuckDB;
  readonly #dictionaries = new Map<string, Dictionary>();
  #rows: number | null = null;

  private constructor(db: DuckDB, source: Source<unknown>, batch: Batch, files: SourceSnapshot["files"], settled: Settled | null) {
    this.#db = db;
    this.source = source;
    this.batch = batch;
    this.relation = settled?.relation ?? batch.relation;
    this.columns = settled === null ? batch.columns : tableColumns(source.schema);
    this.#settled = settled;
    this.#files = files;
  }

  /**
   * Opens a source's batch; `streamed`: only the rows that its stream would have let in. `enrich` gives a table of the source's
   * rows their attributes. Throws a `SourceError`.
   */
  static async open(db: DuckDB, root: string, source: Source<unknown>, streamed: boolean, enrich: Enrich): Promise<EventTable> {
    const batch = await openBatch(db, root, requestOf(source));
    const { relation, columns } = batch;
    try {
      const settled = await settle(db, { source, relation, columns, available: availableMicros(source, columns), streamed });
      if (settled === null || source.enrichments.length === 0) return new EventTable(db, source, batch, batch.files, settled);
      const { files } = await snapshotSource(db, root, source);
      const all = tableColumns(source.schema);
      return new EventTable(db, source, batch, files, { ...settled, relation: await enrich(settled.relation, (name) => columnOf(all, name).value) });
    } catch (error) {
      await batch.drop();
      throw batch.mend(error);
    }
  }

  get snapshot(): SourceSnapshot {
    return { source: this.source.name, files: this.#files };
  }

  get eventTime(): BatchColumn {
    return columnOf(this.columns, this.source.eventTime);
  }

  column(name: string): BatchColumn {
    return columnOf(this.columns, name);
  }

  /** SQL of the available time in microseconds, null where it is unknown. */
  availableMicros(mode: Availability): string {
    if (mode === "instant") return `epoch_us(${this.eventTime.value})`;
    return this.#settled !== null ? "a" : availableMicros(this.source, this.columns);
  }

  /** SQL of the moment until which a row counts, infinite where it was never superseded; null where that is so of all rows. */
  until(mode: Availability): string | null {
    return this.#settled?.corrected === true && mode === "recorded" ? "coalesce(u::DOUBLE, 'Infinity'::DOUBLE)" : null;
  }

  /** SQL that is true for rows that count: as if every version had been there at once, only the last of each row does. */
  counts(mode: Availability): string {
    return this.#settled?.corrected === true && mode === "instant" ? "u IS NULL" : "true";
  }

  /** SQL that is true for rows available before `at`; on a raw column where that can skip row groups. */
  availableBefore(mode: Availability, at: Micros): string {
    const { column, trustedFrom, delay } = this.source.available;
    if (mode === "instant") return this.eventTime.before(at);
    if (this.#settled !== null || trustedFrom !== -Infinity) return `${this.availableMicros(mode)} < ${at}`;
    return column === null ? this.eventTime.before(at - delay) : this.column(column).before(at);
  }

  /** How many rows the relation has, counted once. */
  async rows(): Promise<number> {
    if (this.#rows === null) this.#rows = (await this.#db.query(`SELECT count(*)::DOUBLE AS rows FROM ${this.relation}`))[0]?.["rows"] as number;
    return this.#rows;
  }

  /** The dictionary of a string column, made when it is first needed. */
  async dictionary(name: string): Promise<Dictionary> {
    const known = this.#dictionaries.get(name) ?? (await this.#makeDictionary(this.column(name).value));
    this.#dictionaries.set(name, known);
    return known;
  }

  async #makeDictionary(value: string): Promise<Dictionary> {
    const table = this.#db.freshName("dictionary");
    await this.#db.run(
      `CREATE TEMP TABLE ${table} AS SELECT v, (row_number() OVER (ORDER BY v) - 1)::INTEGER AS id FROM (SELECT DISTINCT ${value} AS v FROM ${this.relation} WHERE ${value} IS NOT NULL)`,
    );
    const { columns } = await this.#db.read(`SELECT v FROM ${table} ORDER BY id`, ["text"]);
    return { table, texts: columns[0] as readonly string[] };
  }

  async close(): Promise<void> {
    for (const dictionary of this.#dictionaries.values()) await this.#db.run(`DROP TABLE ${dictionary.table}`);
    if (this.#settled !== null) await this.#db.run(`DROP TABLE ${this.relation}`);
    await this.batch.drop();
  }
}

/** What a source's batch is made of now. Throws a `SourceError` where there is no file. */
export async function snapshotSource(db: DuckDB, root: string, source: Source<unknown>): Promise<SourceSnapshot> {
  const own = await filesOfBatch(db, root, requestOf(source));
  const attributes = await Promise.all(source.enrichments.map(({ of }) => snapshotSource(db, root, of)));
  return { source: source.name, files: [...own, ...attributes.flatMap(({ files }) => files)] };
}

/** Whether a source's rows are all in memory: they never change. */
export function isInMemory({ batch, enrichments }: Source<unknown>): boolean {
  return batch?.kind === "rows" && enrichments.every(({ of }) => isInMemory(of));
}

function requestOf(source: Source<unknown>): BatchRequest {
  const where = `source ${source.name}`;
  if (source.batch === null)
    throw new SourceError({
      code: "SOURCE_NO_BATCH",
      what: "it has only a stream",
      where,
      cure: 'Training and refreshes read a batch: add batch: parquet("...")',
    });
  const times = new Set([source.eventTime, ...(source.available.column === null ? [] : [source.available.column])]);
  const attributes = new Set(source.enrichments.flatMap(({ columns }) => columns.map(({ name }) => name)));
  const schema = Object.fromEntries(Object.entries(source.schema).filter(([name]) => !attributes.has(name)));
  return { batch: source.batch, schema, times, where };
}

function columnOf(columns: readonly BatchColumn[], name: string): BatchColumn {
  return columns.find((column) => column.name === name) as BatchColumn;
}

/** Gives a table of a source's rows its attributes, under the names of columns; the table becomes another. */
export type Enrich = (relation: string, column: (name: string) => string) => Promise<string>;

/** What is read of a source where its batch is not enough. */
interface Settled {
  readonly relation: string;
  /** Whether a row was ever superseded: it then counts until `u`. */
  readonly corrected: boolean;
}

/** Makes a table of the versions of a batch's rows; null where the batch itself will do: every id is there once, and all rows count as they are. */
async function settle(db: DuckDB, versioned: Versioned): Promise<Settled | null> {
  const { source, relation, columns, streamed } = versioned;
  if (source.id !== null) {
    const key = columnOf(columns, source.id).value;
    const [counts] = await db.query(`SELECT count(*) = count(DISTINCT ${key}) AS once FROM ${relation}`);
    if (counts?.["once"] !== true || source.deleted !== null) {
      const table = db.freshName("versions");
      await db.run(`CREATE TEMP TABLE ${table} AS ${versionsQuery(versioned)}`);
      const [found] = await db.query(`SELECT count(u) > 0 AS corrected FROM ${table}`);
      return { relation: table, corrected: found?.["corrected"] === true };
    }
  }
  if (!streamed && source.enrichments.length === 0) return null;
  const table = db.freshName("admitted");
  const kept = columns.flatMap(({ value, lost }) => (lost === null ? [value] : [value, lost])).join(", ");
  await db.run(
    `CREATE TEMP TABLE ${table} AS SELECT ${kept}, ${versioned.available} AS a, NULL::BIGINT AS u FROM ${relation} WHERE ${admission(versioned).join(" AND ")}`,
  );
  return { relation: table, corrected: false };
}
