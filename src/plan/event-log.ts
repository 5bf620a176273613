// The event log of a source as files: what the writing side leaves, and the reading side finds. Pure: names and plain data.
import type { ColumnKind, Schema } from "../schema/value-type.ts";
import type { Micros } from "../time.ts";
import type { Source } from "../define/source.ts";

/**
 * The log of source `s` lies in `<ingest folder>/s/`:
 * - `log.json`: a `LogIdentity`, written once, before anything else.
 * - `segments/<address>.ndjson`: records, one JSON object a line, in order of their addresses. The name is the address of the
 *   first byte, in 16 digits. Only the last segment may end in part of a line.
 * - `parts/available=<yyyy-mm-dd>/<address>.parquet`: the records of a segment that has been compacted, in place of it.
 * - `history/*.parquet`: the rows of the source's batch that were available before the log began. Their positions are negative.
 * - `retained.json`: a `RetainedEdge`, once records were thrown away; written before their files go.
 */
export const LOG_FILES: Readonly<Record<"identity" | "segments" | "parts" | "history" | "retained" | "dead" | "replayed" | "ids", string>> = Object.freeze({
  identity: "log.json",
  segments: "segments",
  parts: "parts",
  history: "history",
  retained: "retained.json",
  dead: "dead.ndjson",
  replayed: "dead-replayed.ndjson",
  ids: "ids",
});

/** Segments are named by their first address, in so many digits, so that names are in order. */
const ADDRESS_DIGITS = 16;

/** What a record holds beside the columns of its source. Files of a log hold them under these names. */
export const RECORD_FIELDS: {
  readonly position: "~o";
  readonly available: "~a";
  readonly replaces: "~r";
  readonly was: "~was";
} = Object.freeze({
  /** Where the record begins, counted in bytes from the beginning of the log: its position. */
  position: "~o",
  /** Its available time, in microseconds: never falling. */
  available: "~a",
  /** The position of the version whose place it takes; absent where it takes none. */
  replaces: "~r",
  /** The columns of that version, as it came in; absent where that was a delete. */
  was: "~was",
});

/** Which log this is, and since when: a log that is made anew is another. */
export interface LogIdentity {
  readonly format: 1;
  /** Drawn at random. */
  readonly id: string;
  readonly source: string;
  /** When it was begun: rows of the batch that were available before, by event time and delay, are its history. */
  readonly began: Micros;
  /** How many rows that history has. Absent in logs that were begun before it was noted. */
  readonly history?: number;
}

/** Where what is left of a log begins. It only ever moves up. */
export interface RetainedEdge {
  readonly format: 1;
  /** Records at positions below it are gone, or will be in a moment. */
  readonly from: number;
  /** All of them were available before it. */
  readonly since: Micros;
}

/** How far a log was absorbed: all records at positions below `end`. */
export interface LogPosition {
  /** The log's id. */
  readonly log: string;
  readonly end: number;
}

/** The file name of a segment. */
export function segmentName(address: number): string {
  return `${String(address).padStart(ADDRESS_DIGITS, "0")}.ndjson`;
}

/** A column of records. */
export interface RecordColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** The schema of what a source's own rows hold: attributes come from elsewhere. */
export function recordSchema({ schema, enrichments }: Source<unknown>): Schema {
  const attributes = new Set(enrichments.flatMap(({ columns }) => columns.map(({ name }) => name)));
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !attributes.has(name)));
}

/** The columns of a source's records, in the schema's order. */
export function recordColumns(source: Source<unknown>): RecordColumn[] {
  return Object.entries(recordSchema(source)).map(([name, { kind }]) => ({ name, kind }));
}
