// An event source as a relation: when its rows happened and were available, each id once, and which rows are refused.
import { openBatch, filesOfBatch, type BatchRequest } from "./sources/open-batch.ts";
import { tableColumns, type Batch, type BatchColumn } from "./sources/batch.ts";
import { MAX_MICROS, type Micros } from "../time.ts";
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
  /** The relation to read: the batch's own, or a table with each id once. */
  readonly relation: string;
  readonly columns: readonly BatchColumn[];
  readonly #merged: boolean;
  readonly #db: DuckDB;
  readonly #dictionaries = new Map<string, Dictionary>();
  #rows: number | null = null;

  private constructor(db: DuckDB, source: Source<unknown>, batch: Batch, merged: string | null) {
    this.#db = db;
    this.source = source;
    this.batch = batch;
    this.relation = merged ?? batch.relation;
    this.columns = merged === null ? batch.columns : tableColumns(source.schema);
    this.#merged = merged !== null;
  }

  /** Opens a source's batch. Throws a `SourceError`. */
  static async open(db: DuckDB, root: string, source: Source<unknown>): Promise<EventTable> {
    const batch = await openBatch(db, root, requestOf(source));
    try {
      return new EventTable(db, source, batch, source.id === null ? null : await mergeIds(db, source, source.id, batch));
    } catch (error) {
      await batch.drop();
      throw batch.mend(error);
    }
  }

  get snapshot(): SourceSnapshot {
    return { source: this.source.name, files: this.batch.files };
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
    return this.#merged ? "a" : availableMicros(this.source, this.columns);
  }

  /** SQL that is true for rows available before `at`; on a raw column where that can skip row groups. */
  availableBefore(mode: Availability, at: Micros): string {
    const { column, trustedFrom, delay } = this.source.available;
    if (mode === "instant") return this.eventTime.before(at);
    if (this.#merged || trustedFrom !== -Infinity) return `${this.availableMicros(mode)} < ${at}`;
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
    if (this.#merged) await this.#db.run(`DROP TABLE ${this.relation}`);
    await this.batch.drop();
  }
}

/** What a source's batch is made of now. Throws a `SourceError` where there is no file. */
export async function snapshotSource(db: DuckDB, root: string, source: Source<unknown>): Promise<SourceSnapshot> {
  return { source: source.name, files: await filesOfBatch(db, root, requestOf(source)) };
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
  return { batch: source.batch, schema: source.schema, times, where };
}

function columnOf(columns: readonly BatchColumn[], name: string): BatchColumn {
  return columns.find((column) => column.name === name) as BatchColumn;
}

/** SQL of the available time by the source's rule, over a batch's columns. */
export function availableMicros(source: Source<unknown>, columns: readonly BatchColumn[]): string {
  const { column, trustedFrom, delay } = source.available;
  const late = `epoch_us(${columnOf(columns, source.eventTime).value}) + ${delay}`;
  if (column === null) return `(${late})`;
  const { value } = columnOf(columns, column);
  return trustedFrom === -Infinity ? `epoch_us(${value})` : `CASE WHEN epoch_us(${value}) < ${trustedFrom} THEN ${late} ELSE epoch_us(${value}) END`;
}

/** SQL that is true for times, in microseconds, that asof can tell apart. */
export function microsInRange(micros: string): string {
  return `${micros} BETWEEN ${-MAX_MICROS} AND ${MAX_MICROS}`;
}

/**
 * Makes a table with each id once, with its earliest available time in `a`; null where every id is there once already.
 * Rows of one id must agree in all but the available time.
 */
async function mergeIds(db: DuckDB, source: Source<unknown>, id: string, batch: Batch): Promise<string | null> {
  const key = columnOf(batch.columns, id).value;
  const [counts] = await db.query(`SELECT count(${key}) = count(DISTINCT ${key}) AS once FROM ${batch.relation}`);
  if (counts?.["once"] === true) return null;
  const content = batch.columns.filter((column) => column.name !== source.available.column);
  const rest = batch.columns.flatMap((column) => [
    ...(content.includes(column) ? [] : [`min(${column.value}) AS ${column.value}`]),
    ...(column.lost === null ? [] : [`any_value(${column.lost}) AS ${column.lost}`]),
  ]);
  const table = db.freshName("merged");
  await db.run(
    `CREATE TEMP TABLE ${table} AS SELECT ${[...content.map(({ value }) => value), ...rest, `min(${availableMicros(source, batch.columns)}) AS a`].join(", ")} FROM ${batch.relation} WHERE ${key} IS NOT NULL GROUP BY ${content.map(({ value }) => value).join(", ")}`,
  );
  const [twice] = await db.query(`SELECT ${key}::VARCHAR AS id FROM ${table} GROUP BY ${key} HAVING count(*) > 1 ORDER BY ${key} LIMIT 1`);
  if (twice === undefined) return table;
  await db.run(`DROP TABLE ${table}`);
  throw new SourceError({
    code: "SOURCE_CORRECTIONS",
    what: `rows with ${id} ${JSON.stringify(twice["id"])} differ in more than their available time`,
    where: `source ${source.name}`,
    cure: "Corrections of a row are not supported yet: keep one row for each id, or leave id out if the rows are separate events",
  });
}
