// The contract of a batch in DuckDB: one relation with the schema's columns in asof's kinds, whatever it was read from.
import type { ColumnKind, Schema } from "../../schema/value-type.ts";
import { MAX_MICROS, type Micros } from "../../time.ts";
import type { SourceSnapshot } from "../../plan/record.ts";

/** A column of a batch. Its values are in `c0`, `c1`, ... by its place in the schema. */
export interface BatchColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** The column with its values: DOUBLE, INTEGER, BIGINT, BOOLEAN, VARCHAR or TIMESTAMP, null where there is none. */
  readonly value: string;
  /** A column with the text of values that are null because no asof value can hold them; null where all can be held. */
  readonly lost: string | null;
  /** SQL that is true for times before `at`: on the raw column, so that files and row groups are skipped by it. */
  readonly before: (at: Micros) => string;
  /** SQL that is true for times at or after `at`. */
  readonly atOrAfter: (at: Micros) => string;
}

/** A batch. Its relation also has `file` (VARCHAR) and `row` (BIGINT, from 1), which say where a row lies. */
export interface Batch {
  /** A quoted name of a view or table. */
  readonly relation: string;
  readonly columns: readonly BatchColumn[];
  /** What was read, as a run's snapshot holds it. */
  readonly files: SourceSnapshot["files"];
  /** Whether its rows have an order of their own, as those of files have; those of a table, and of a query without ORDER BY, have none. */
  readonly ordered: boolean;
  /** A row's place for people: `data/a.csv, line 17`. */
  place(file: string, row: number): string;
  /** What DuckDB says when it fails to read the batch, as an error of the source's. */
  mend(error: unknown): unknown;
  /** Forgets the relation. */
  drop(): Promise<void>;
}

/** A timestamp as SQL. */
export function sqlTime(at: Micros): string {
  return `make_timestamp(${BigInt(Math.ceil(clamp(at)))})`;
}

/** A moment within what asof tells apart. */
export function clamp(at: Micros): Micros {
  return Math.max(-MAX_MICROS, Math.min(MAX_MICROS, at));
}

/** SQL that is true for timestamps in range. */
export function inRange(column: string): string {
  return `${column} BETWEEN ${sqlTime(-MAX_MICROS)} AND ${sqlTime(MAX_MICROS)}`;
}

/** The columns of a table that already holds asof's kinds, in `c0`, `c1`, ..., with lost values in `f0`, `f1`, .... */
export function tableColumns(schema: Schema): BatchColumn[] {
  return Object.entries(schema).map(([name, { kind }], i): BatchColumn => ({
    name,
    kind,
    value: `c${i}`,
    lost: LOSES.has(kind) ? `f${i}` : null,
    before: (at) => `c${i} < ${sqlTime(at)}`,
    atOrAfter: (at) => `c${i} >= ${sqlTime(at)}`,
  }));
}

/** The kinds with values that asof reads as null: infinities, times out of range. */
export const LOSES: ReadonlySet<ColumnKind> = new Set(["float64", "timestamp"]);

/** The types in which a relation holds asof's kinds. */
export const SQL_TYPES: { readonly [K in ColumnKind]: string } = {
  string: "VARCHAR",
  boolean: "BOOLEAN",
  int32: "INTEGER",
  int64: "BIGINT",
  float64: "DOUBLE",
  timestamp: "TIMESTAMP",
};
