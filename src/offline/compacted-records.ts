// The records of an event log that were compacted, as they were in their segments: each with the version whose place it takes.
import { addressOfFile, listLog, readListed, type LogListing } from "./sources/event-log-files.ts";
import { parquetRecords, type StoredRecord } from "./parquet-records.ts";
import { SourceError } from "../errors.ts";
import type { Cell } from "../schema/cells.ts";
import type { DuckDB } from "./duckdb.ts";
import type { LogRequest } from "./sources/event-log.ts";
import type { Offline } from "./offline.ts";
import type { Source } from "../define/source.ts";

/** A record of a segment that was compacted. */
export interface CompactedRecord extends Omit<StoredRecord, "replaces"> {
  /** The version whose place it takes, with its cells; null cells where it is retained no more. */
  readonly replaces: { readonly position: number; readonly cells: readonly Cell[] | null } | null;
}

/** Records that are handed on at a time. */
const CHUNK = 20_000;

/** The compacted records at positions from `from` up to `to`, in order of position, some at a time. Throws a `SourceError`. */
export async function* compactedRecords(offline: Offline, source: Source<unknown>, from: number, to: number): AsyncGenerator<readonly CompactedRecord[]> {
  const { db, root, openings } = offline;
  const log = openings.log(source);
  for (let next = from; ;) {
    const read = (listing: LogListing): Promise<CompactedRecord[]> => recordsFrom(db, log, listing, next, to);
    const records = await db.exclusively(undefined, () => readListed(() => listLog(root, log.folder), read));
    if (records === null || records.length === 0) return;
    yield records;
    next = (records.at(-1) as CompactedRecord).position + 1;
  }
}

/** The first records from a position on: those of one segment at most. */
async function recordsFrom(db: DuckDB, log: LogRequest, listing: LogListing, from: number, to: number): Promise<CompactedRecord[]> {
  const addresses = [...new Set(listing.parts.map(addressOfFile))].toSorted((a, b) => a - b).filter((address) => address < to);
  for (const address of addresses.slice(
    Math.max(
      0,
      addresses.findLastIndex((one) => one <= from),
    ),
  )) {
    const files = listing.parts.filter((part) => addressOfFile(part) === address);
    const rows = await parquetRecords(db, log, files, ({ position }) => `${position} >= ${from} AND ${position} < ${to} ORDER BY ${position} LIMIT ${CHUNK}`);
    if (rows.length === 0) continue;
    const before = await versionsAt(
      db,
      log,
      listing,
      rows.flatMap(({ replaces }) => replaces ?? []),
    );
    return rows.map(({ replaces, ...row }) => {
      if (replaces === null) return { ...row, replaces };
      return { ...row, replaces: { position: replaces, cells: before.get(replaces) ?? null } };
    });
  }
  return [];
}

/** The cells of records at positions, as far as they are retained. Throws a `SourceError` where one is missing. */
async function versionsAt(db: DuckDB, log: LogRequest, listing: LogListing, positions: readonly number[]): Promise<ReadonlyMap<number, readonly Cell[]>> {
  if (positions.length === 0) return new Map();
  const [first, last] = [Math.min(...positions), Math.max(...positions)];
  const holding = listing.parts.map(addressOfFile).reduce((most, address) => (address <= first ? Math.max(most, address) : most), 0);
  const parts = listing.parts.filter((part) => addressOfFile(part) >= holding && addressOfFile(part) <= last);
  const files = [...(first < 0 ? listing.history : []), ...parts];
  const rows = files.length === 0 ? [] : await parquetRecords(db, log, files, ({ position }) => `${position} IN (${positions.join(", ")})`);
  const found = new Map(rows.map(({ position, cells }) => [position, cells] as const));
  const missing = positions.find((position) => !found.has(position) && position >= (listing.retained?.from ?? -Infinity));
  if (missing === undefined) return found;
  throw new SourceError({
    code: "SOURCE_LOG_DAMAGED",
    what: `there is no record at position ${missing}, whose place another takes`,
    where: log.where,
    cure: "A file of the log is missing: restore it from a copy",
  });
}
