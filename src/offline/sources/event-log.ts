// The event log of a source as a batch: its history, its compacted parts, and its segments, the last up to its last whole line.
import { basename, dirname, join, relative } from "node:path";
import { listLog, readIdentity, readListed, type LogFile, type LogListing } from "./event-log-files.ts";
import { jsonBatch } from "./json.ts";
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { parquetBatch } from "./parquet.ts";
import { LOG_FILES, RECORD_FIELDS, type RetainedEdge } from "../../plan/event-log.ts";
import { SourceError } from "../../errors.ts";
import { t, type Schema } from "../../schema/value-type.ts";
import { LOSES, SQL_TYPES, tableColumns, type Batch, type BatchColumn } from "./batch.ts";
import type { DuckDB } from "../duckdb.ts";
import type { Files } from "./files.ts";
import type { SourceSnapshot } from "../../plan/record.ts";

/** The columns of a log's relation beside those of its source: where a record lies, and when it was available. */
export const LOG_COLUMNS: { readonly position: string; readonly available: string } = Object.freeze({ position: "o", available: "a" });

/** Which log to open. */
export interface LogRequest {
  /** Its folder. */
  readonly folder: string;
  /** The columns of its source. */
  readonly schema: Schema;
  /** `source purchases`, for errors. */
  readonly where: string;
}

/** What a log is made of. */
export function filesOfLog({ identity, history, parts, segments }: LogListing): SourceSnapshot["files"] {
  return [identity, ...history, ...parts, ...segments].map(({ is }) => is);
}

/** What is left of a log. */
export interface LogBatch extends Batch {
  /** Where it begins; null where nothing was thrown away. */
  readonly retained: RetainedEdge | null;
}

/** A part of a log, and the paths under which its rows say that they lie. */
interface Piece {
  readonly batch: Batch;
  readonly paths: readonly string[];
}

/**
 * One log, opened again and again while it grows. Each closed segment is parsed once, as long as it stays. Damage in a segment
 * is a `SourceError` with its file and line.
 */
export class EventLog {
  readonly #db: DuckDB;
  readonly #root: string;
  readonly #temp: string;
  readonly #request: LogRequest;
  /** The batch of each closed segment, by its path, and what the file was. */
  readonly #closed = new Map<string, Piece & { readonly is: string }>();

  /** `temp` is a folder for copies. */
  constructor(db: DuckDB, root: string, temp: string, request: LogRequest) {
    this.#db = db;
    this.#root = root;
    this.#temp = temp;
    this.#request = request;
  }

  /** The log's files; null where it has not begun. */
  list(): Promise<LogListing | null> {
    return listLog(this.#root, this.#request.folder);
  }

  /** Whether a file of a snapshot holds records of this log. */
  holds(path: string): boolean {
    const below = relative(this.#request.folder, join(this.#root, path));
    return !below.startsWith("..") && below !== LOG_FILES.identity;
  }

  /** Reads the log as it is by now; null where it has not begun. */
  open(): Promise<LogBatch | null> {
    return readListed(
      () => this.list(),
      async (listing) => {
        await readIdentity(listing.identity, this.#request.where);
        return { ...(await this.#read(listing)), retained: listing.retained };
      },
    );
  }

  async #read(listing: LogListing): Promise<Batch> {
    const { where } = this.#request;
    const { segments } = listing;
    const parquet = [...listing.history, ...listing.parts];
    await this.#forget(segments);
    const schema = recordSchema(this.#request.schema);
    const closed: Piece[] = [];
    for (const segment of segments.slice(0, -1)) closed.push(await this.#closedSegment(segment, schema));
    const own: Piece[] = [];
    try {
      if (parquet.length > 0) {
        const batch = await parquetBatch(this.#db, asFiles(parquet), relative(this.#root, this.#request.folder), schema, where, { sparse: true });
        own.push({ batch, paths: parquet.map(({ path }) => path) });
      }
      const last = segments.at(-1);
      if (last !== undefined) own.push(await this.#lastSegment(last, schema));
      return await this.#together(filesOfLog(listing), closed, own);
    } catch (error) {
      for (const { batch } of own) await batch.drop();
      throw error;
    }
  }

  /** Drops what was read of closed segments that are gone, or are no longer what they were. */
  async #forget(segments: readonly LogFile[]): Promise<void> {
    const kept = new Set(segments.slice(0, -1).map(textOf));
    for (const [path, { is, batch }] of this.#closed) {
      if (kept.has(is)) continue;
      this.#closed.delete(path);
      await batch.drop();
    }
  }

  async #closedSegment(segment: LogFile, schema: Schema): Promise<Piece> {
    const known = this.#closed.get(segment.path);
    if (known !== undefined) return known;
    const batch = await segmentBatch(this.#db, segment, segment.path, schema, this.#request.where);
    const piece = { is: textOf(segment), batch, paths: [segment.path] };
    this.#closed.set(segment.path, piece);
    return piece;
  }

  /** Copies the whole lines of a segment, so that what is appended while it is read is not seen in part. */
  async #lastSegment(segment: LogFile, schema: Schema): Promise<Piece> {
    const copy = join(this.#temp, `${this.#db.freshName("segment")}-${basename(segment.path)}`);
    await mkdir(dirname(copy), { recursive: true });
    await writeFile(copy, await wholeLines(segment.path));
    try {
      return { batch: await segmentBatch(this.#db, segment, copy, schema, this.#request.where), paths: [copy] };
    } finally {
      await rm(copy, { force: true });
    }
  }

  /** One relation over all pieces; it drops those that are its own. */
  async #together(files: SourceSnapshot["files"], closed: readonly Piece[], own: readonly Piece[]): Promise<Batch> {
    const { schema } = this.#request;
    const pieces = [...closed, ...own];
    const view = this.#db.freshName("log");
    await this.#db.run(`CREATE TEMP VIEW ${view} AS ${[emptyRelation(schema), ...pieces.map(({ batch }) => selectFrom(batch))].join(" UNION ALL ")}`);
    const pieceOf = new Map(pieces.flatMap(({ batch, paths }) => paths.map((path) => [path, batch] as const)));
    return {
      relation: view,
      columns: tableColumns(schema),
      files,
      ordered: true,
      place: (file, row) => (pieceOf.get(file) as Batch).place(file, row),
      mend: (error) => pieces.reduce((found, { batch }) => (found === error ? batch.mend(error) : found), error),
      drop: async () => {
        await this.#db.run(`DROP VIEW ${view}`);
        for (const { batch } of own) await batch.drop();
      },
    };
  }
}

/** A log with nothing in it, as a batch. */
export async function emptyLog(db: DuckDB, schema: Schema): Promise<Batch> {
  const view = db.freshName("log");
  await db.run(`CREATE TEMP VIEW ${view} AS ${emptyRelation(schema)}`);
  return {
    relation: view,
    columns: tableColumns(schema),
    files: [],
    ordered: true,
    place: (file, row) => `${file}, row ${row}`,
    mend: (error) => error,
    drop: () => db.run(`DROP VIEW ${view}`),
  };
}

/** The columns of a source's records: its own, then position and available time. */
export function recordSchema(schema: Schema): Schema {
  return { ...schema, [RECORD_FIELDS.position]: t.int64(), [RECORD_FIELDS.available]: t.int64() };
}

const CURE = "Nothing but asof writes a log: restore the file from a copy, or take the line out while asof does not run";

/** Parses a segment, `path` being itself or a copy of it. Throws a `SourceError` with the line for what is no record. */
export async function segmentBatch(db: DuckDB, segment: LogFile, path: string, schema: Schema, where: string): Promise<Batch> {
  const files = { paths: [path], list: [segment.is], shown: () => segment.is.path };
  const formats = new Map([[path, "newline_delimited" as const]]);
  try {
    const batch = await jsonBatch(db, files, { formats, schema, times: new Set(), where, sparse: true });
    await refuseUnplaced(db, batch, where);
    return batch;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const line = error.code === "SOURCE_UNREADABLE" ? await brokenLine(path) : null;
    const [what, place] = line === null ? [error.what, error.where ?? where] : ["the line is no JSON", `${where}, ${segment.is.path}, line ${line}`];
    throw new SourceError({ code: "SOURCE_LOG_DAMAGED", what, where: place, cure: CURE }, { cause: error });
  }
}

/** The first line that is no JSON, from 1; null where all are. */
async function brokenLine(path: string): Promise<number | null> {
  await using file = await open(path);
  let number = 0;
  for await (const line of file.readLines()) {
    number++;
    try {
      if (line.trim() !== "") JSON.parse(line);
    } catch {
      return number;
    }
  }
  return null;
}

/** Every record says where it lies and when it was available. */
async function refuseUnplaced(db: DuckDB, { relation, columns, place }: Batch, where: string): Promise<void> {
  const required = columns.filter(({ name }) => name === RECORD_FIELDS.position || name === RECORD_FIELDS.available);
  const [bad] = await db.query(`SELECT file, row FROM ${relation} WHERE ${required.map(({ value }) => `${value} IS NULL`).join(" OR ")} LIMIT 1`);
  if (bad === undefined) return;
  throw new SourceError({
    code: "SOURCE_LOG_DAMAGED",
    what: `a record says its position and its available time, as ${required.map(({ name }) => `'${name}'`).join(" and ")}, but this does not`,
    where: `${where}, ${place(bad["file"] as string, Number(bad["row"]))}`,
  });
}

/** SQL of a piece's rows in the form of a log's relation. */
function selectFrom({ relation, columns }: Batch): string {
  const [position, available] = columns.slice(-2) as [BatchColumn, BatchColumn];
  const own = columns
    .slice(0, -2)
    .flatMap(({ value, lost, kind }, i) => [`${value} AS c${i}`, ...(LOSES.has(kind) ? [`${lost ?? "NULL::VARCHAR"} AS f${i}`] : [])]);
  const record = [`${position.value} AS ${LOG_COLUMNS.position}`, `${available.value} AS ${LOG_COLUMNS.available}`];
  return `SELECT ${[...own, ...record, "file", "row"].join(", ")} FROM ${relation}`;
}

/** SQL of a log's relation without rows. */
function emptyRelation(schema: Schema): string {
  const own = Object.values(schema).flatMap(({ kind }, i) => [`NULL::${SQL_TYPES[kind]} AS c${i}`, ...(LOSES.has(kind) ? [`NULL::VARCHAR AS f${i}`] : [])]);
  const record = [`NULL::BIGINT AS ${LOG_COLUMNS.position}`, `NULL::BIGINT AS ${LOG_COLUMNS.available}`];
  return `SELECT ${[...own, ...record, "NULL::VARCHAR AS file", "NULL::BIGINT AS row"].join(", ")} WHERE false`;
}

/** Files of a log as the openers of batches take them. */
export function asFiles(files: readonly LogFile[]): Files {
  const names = new Map(files.map(({ path, is }) => [path, is.path]));
  return { paths: files.map(({ path }) => path), list: files.map(({ is }) => is), shown: (path) => names.get(path) ?? path };
}

const NEWLINE = 10;

/** The bytes of a file up to its last line's end. */
async function wholeLines(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const bytes = await file.readFile();
  return bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
}

function textOf({ is }: LogFile): string {
  return JSON.stringify(is);
}
