// An event source as a relation: when its rows happened and were available, and until when they counted.
import { tableColumns, type Batch, type BatchColumn } from "./sources/batch.ts";
import { admission, versionsQuery, type Versioned } from "./versions.ts";
import { availableMicros, availableRule } from "./available-time.ts";
import { LOG_COLUMNS } from "./sources/event-log.ts";
import { takesStream, type Reading } from "./reading.ts";
import type { Micros } from "../time.ts";
import { rowOrder } from "../plan/row-order.ts";
import type { DuckDB } from "./duckdb.ts";
import type { Opened } from "./opened.ts";
import type { RetainedEdge } from "../plan/event-log.ts";
import type { Source } from "../define/source.ts";
import type { SourceSnapshot } from "../plan/record.ts";

/**
 * `recorded`: rows count from their available time on. `instant`: as if each had been available when it happened. `absorbed`, of
 * a log: from their position on, which then takes the place of their available time.
 */
export type Availability = "recorded" | "instant" | "absorbed";

/** A string column's distinct texts in UTF-8 order, and the table that gives each its number: `v`, `id`. */
export interface Dictionary {
  readonly table: string;
  readonly texts: readonly string[];
}

/** What an opened event source holds of itself. */
interface TableParts {
  readonly source: Source<unknown>;
  readonly batch: Batch;
  readonly available: AvailableTime;
  readonly settled: Settled | null;
  readonly files: SourceSnapshot["files"];
  readonly retained: RetainedEdge | null;
}

/** An opened event source. */
export class EventTable {
  readonly source: Source<unknown>;
  readonly batch: Batch;
  /** The relation to read: the batch's own, or a table of its rows' versions. */
  readonly relation: string;
  readonly columns: readonly BatchColumn[];
  /** When rows of the batch were available. */
  readonly available: AvailableTime;
  /** Where what is retained of its log begins; null where it is all there. */
  readonly retained: RetainedEdge | null;
  readonly #settled: Settled | null;
  readonly #files: SourceSnapshot["files"];
  readonly #db: DuckDB;
  readonly #dictionaries = new Map<string, Dictionary>();
  #rows: number | null = null;

  private constructor(db: DuckDB, { source, batch, available, settled, files, retained }: TableParts) {
    this.#db = db;
    this.source = source;
    this.batch = batch;
    this.available = available;
    this.retained = retained;
    this.relation = settled?.relation ?? batch.relation;
    this.columns = settled === null ? batch.columns : tableColumns(source.schema);
    this.#settled = settled;
    this.#files = files;
  }

  /** Settles which rows count, of what was opened for a reading. `enrich` gives a table of the source's rows their attributes. Throws a `SourceError`. */
  static async open(db: DuckDB, reading: Reading, { batch, isLog, files, retained }: Opened, enrich: Enrich): Promise<EventTable> {
    const { source } = reading;
    const { relation, columns } = batch;
    const rule = availableRule(reading);
    const available: AvailableTime = isLog
      ? { column: null, micros: LOG_COLUMNS.available, before: null }
      : { column: rule.column, micros: availableMicros(rule, source.eventTime, columns), before: boundOf(rule, source, columns) };
    try {
      const position = isLog ? LOG_COLUMNS.position : null;
      const settled = await settle(db, { source, relation, columns, available: available.micros, position, streamed: takesStream(reading) });
      if (settled === null || source.enrichments.length === 0) return new EventTable(db, { source, batch, available, settled, files, retained });
      const all = tableColumns(source.schema);
      const enriched = { ...settled, relation: await enrich(settled.relation, (name) => columnOf(all, name).value) };
      return new EventTable(db, { source, batch, available, settled: enriched, files, retained });
    } catch (error) {
      await batch.drop();
      throw batch.mend(error);
    }
  }

  /** Whether it was read from a log, whose records have positions. */
  get isLog(): boolean {
    return this.#settled?.isLog === true;
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

  /** SQL of the available time in microseconds, null where it is unknown; `absorbed`: of the position. */
  availableMicros(mode: Availability): string {
    if (mode === "instant") return `epoch_us(${this.eventTime.value})`;
    if (mode === "absorbed") return "o";
    return this.#settled !== null ? "a" : this.available.micros;
  }

  /** SQL of the moment until which a row counts, infinite where it was never superseded; null where that is so of all rows. */
  until(mode: Availability): string | null {
    if (this.#settled?.corrected !== true || mode === "instant") return null;
    return `coalesce(${mode === "absorbed" ? "uo" : "u"}::DOUBLE, 'Infinity'::DOUBLE)`;
  }

  /** SQL that is true for rows that count: as if every version had been there at once, only the last of each row does. */
  counts(mode: Availability): string {
    return this.#settled?.corrected === true && mode === "instant" ? "u IS NULL" : "true";
  }

  /** SQL that is true for rows available before `at`, or at positions below it; on a raw column where that can skip row groups. */
  availableBefore(mode: Availability, at: Micros): string {
    if (mode === "instant") return this.eventTime.before(at);
    if (this.#settled !== null || this.available.before === null) return `${this.availableMicros(mode)} < ${at}`;
    return this.available.before(at);
  }

  /** SQL of what orders rows that tie in event time. */
  tieBreaks(): string[] {
    const { columns, byPosition } = rowOrder(this.source);
    const values = columns.map((name) => `${this.column(name).value} NULLS FIRST`);
    return byPosition ? [...values, "o"] : values;
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

/** When rows of a batch were available. */
interface AvailableTime {
  /** The column that says so, if one does. */
  readonly column: string | null;
  /** SQL of the available time in microseconds. */
  readonly micros: string;
  /** SQL that is true for rows available before a moment, on a raw column; null where there is none such. */
  readonly before: ((at: Micros) => string) | null;
}

function boundOf(
  { column, trustedFrom, delay }: Source<unknown>["available"],
  source: Source<unknown>,
  columns: readonly BatchColumn[],
): AvailableTime["before"] {
  if (trustedFrom !== -Infinity) return null;
  return column === null ? (at) => columnOf(columns, source.eventTime).before(at - delay) : columnOf(columns, column).before;
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
  /** Whether its rows have positions, `o`, and where they were superseded, until which they count, `uo`. */
  readonly isLog: boolean;
}

/** Makes a table of the versions of a batch's rows; null where the batch itself will do: every id is there once, and all rows count as they are. */
async function settle(db: DuckDB, versioned: Versioned): Promise<Settled | null> {
  const { source, relation, columns, position, streamed } = versioned;
  const isLog = position !== null;
  if (source.id !== null) {
    const key = columnOf(columns, source.id).value;
    const [counts] = await db.query(`SELECT count(*) = count(DISTINCT ${key}) AS once FROM ${relation}`);
    if (counts?.["once"] !== true || source.deleted !== null) {
      const table = db.freshName("versions");
      await db.run(`CREATE TEMP TABLE ${table} AS ${versionsQuery(versioned)}`);
      const [found] = await db.query(`SELECT count(u) > 0 AS corrected FROM ${table}`);
      return { relation: table, corrected: found?.["corrected"] === true, isLog };
    }
  }
  if (!streamed && source.enrichments.length === 0) return null;
  const table = db.freshName("admitted");
  const kept = columns.flatMap(({ value, lost }) => (lost === null ? [value] : [value, lost]));
  const clocks = [`${versioned.available} AS a`, "NULL::BIGINT AS u", ...(isLog ? [`${position} AS o`, "NULL::BIGINT AS uo"] : [])];
  await db.run(`CREATE TEMP TABLE ${table} AS SELECT ${[...kept, ...clocks].join(", ")} FROM ${relation} WHERE ${admission(versioned).join(" AND ")}`);
  return { relation: table, corrected: false, isLog };
}
