// The log of a source: an append-only series of records. What was acknowledged is on disk; a record has one position and one available time for ever.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { flushFolder, openLogFile, type LogFile, type OpenLogFile } from "./log-file.ts";
import { IngestError } from "../errors.ts";
import { LOG_FILES, type LogIdentity, type RetainedEdge } from "../plan/event-log.ts";
import { isGone, Segments, type Segment } from "./segments.ts";
import type { Clock, Micros } from "../time.ts";
import type { CompactedLog } from "./history.ts";
import type { LogRecord, RecordFormat } from "./record.ts";

/** How a log is opened. */
export interface EventLogOptions {
  /** The log's own folder. */
  readonly folder: string;
  readonly source: string;
  readonly format: RecordFormat;
  /** A segment is closed once it has this many bytes. */
  readonly segmentBytes: number;
  readonly clock: Clock;
  readonly openFile?: OpenLogFile | undefined;
  /** Called before a log is begun: writes its history, which is there when the log is, and says how many rows it has. */
  readonly beforeBegin?: ((began: Micros) => Promise<number>) | undefined;
  /** Reads what was compacted; without it, that cannot be read. */
  readonly compacted?: CompactedLog | undefined;
}

/** Records that follow each other, and where they end. */
export interface RecordBatch {
  readonly records: readonly LogRecord[];
  readonly end: number;
}

/**
 * An open log. Invariants: 1. Records that `append` has resolved for are on disk, and stay. 2. Positions ascend; a position names one
 * record for ever. 3. Available times never fall with position, whatever the clock does. 4. One process writes; another may put
 * Parquet files in the place of the first segments at any time.
 */
export class EventLog {
  readonly identity: LogIdentity;
  readonly segments: Segments;
  /** Bytes at the end that were no whole records when the log was opened: a write that was never acknowledged. They were set aside. */
  readonly torn: number;
  readonly #options: EventLogOptions;
  #file: LogFile | null = null;
  #newest: Micros;

  private constructor(options: EventLogOptions, identity: LogIdentity, segments: Segments, newest: Micros, torn: number) {
    this.#options = options;
    this.identity = identity;
    this.segments = segments;
    this.#newest = newest;
    this.torn = torn;
  }

  /** Opens a log, or begins one. Throws an `IngestError` where its files are not a log's. */
  static async open(options: EventLogOptions): Promise<EventLog> {
    const { folder, format } = options;
    const identity = await identityOf(options);
    const segments = await Segments.open(join(folder, LOG_FILES.segments));
    const torn = await recover(segments, format, folder);
    return new EventLog(options, identity, segments, newestIn(segments, format) ?? -Infinity, torn);
  }

  /** The position of the next record. */
  get end(): number {
    return this.segments.list.at(-1)?.end ?? 0;
  }

  /** No record is available before it from now on. */
  get newest(): Micros {
    return this.#newest;
  }

  /** The available time of records that are appended now. */
  stamp(): Micros {
    return (this.#newest = Math.max(this.#newest, this.#options.clock.now()));
  }

  /** From now on no record is available before `at`. */
  raise(at: Micros): void {
    this.#newest = Math.max(this.#newest, at);
  }

  /** Appends the lines of records, the first at position `end`. Where it throws nothing was appended. */
  async append(lines: Uint8Array): Promise<void> {
    let segment = this.segments.list.at(-1);
    if (segment === undefined || segment.end - segment.from >= this.#options.segmentBytes) {
      const next: Segment = { from: this.end, end: this.end };
      const file = await (this.#options.openFile ?? openLogFile)(this.segments.path(next), 0);
      await this.#file?.close();
      this.#file = file;
      this.segments.forgetCompacted();
      this.segments.list.push((segment = next));
    }
    this.#file ??= await (this.#options.openFile ?? openLogFile)(this.segments.path(segment), segment.end - segment.from);
    await this.#file.append(lines);
    segment.end += lines.length;
  }

  /** Where the records begin that have not been compacted, as far as is known by now. */
  get first(): number {
    return this.segments.list[0]?.from ?? 0;
  }

  /** The record at a position; null where it was compacted. Throws an `IngestError` where there is none. */
  recordAt(position: number): LogRecord | null {
    const line = this.segments.lineAt(position);
    if (line === null && position < this.first) return null;
    const record = line === null ? null : this.#options.format.record(line);
    if (record?.position === position) return record;
    throw damaged(this.#options.folder, position);
  }

  /** Where what is retained of the records begins; null where nothing was thrown away. */
  retained(): Promise<RetainedEdge | null> {
    return this.#options.compacted?.edge() ?? Promise.resolve(null);
  }

  /**
   * The records from a position on that are on disk now and retained, some at a time, wherever they lie: a segment may be compacted
   * meanwhile. Throws an `IngestError` where the log is damaged.
   */
  async *records(from: number): AsyncGenerator<RecordBatch> {
    const to = this.end;
    for (let at = from; at < to;) {
      const segment = this.segments.at(at);
      try {
        const batches = segment === null ? this.#compacted(at) : this.#inSegment(segment, at);
        for await (const batch of batches) {
          yield batch;
          at = batch.end;
        }
      } catch (error) {
        this.segments.forgetCompacted();
        if (segment === null || !isGone(error) || this.segments.list.includes(segment)) throw error;
      }
    }
  }

  async *#inSegment(segment: Segment, from: number): AsyncGenerator<RecordBatch> {
    let at = from;
    for await (const lines of linesOf(this.segments.path(segment), at - segment.from, segment.end - segment.from)) {
      const records = lines.map((line): LogRecord => {
        const record = this.#options.format.record(line);
        if (record?.position !== at) throw damaged(this.#options.folder, at);
        at += Buffer.byteLength(line) + 1;
        return record;
      });
      yield { records, end: at };
    }
  }

  async *#compacted(from: number): AsyncGenerator<RecordBatch> {
    const { compacted, folder } = this.#options;
    const to = this.first;
    if (compacted === undefined || from >= to) throw compacted === undefined ? unreadable(folder, from, to) : damaged(folder, from);
    const edge = await compacted.edge();
    for await (const records of compacted.records(Math.max(from, edge?.from ?? from), to)) yield { records, end: (records.at(-1)?.position ?? from) + 1 };
    yield { records: [], end: to };
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
    this.segments.close();
  }
}

/** Whole lines of a file between two places, some at a time. */
async function* linesOf(path: string, start: number, end: number): AsyncGenerator<string[]> {
  if (start >= end) return;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.lastIndexOf(10) + 1;
    rest = bytes.subarray(whole);
    if (whole > 0) yield bytes.toString("utf8", 0, whole - 1).split("\n");
  }
}

async function identityOf({ folder, source, clock, beforeBegin }: EventLogOptions): Promise<LogIdentity> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, LOG_FILES.identity);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  });
  if (text !== null) return checkedIdentity(text, source, path);
  const began = clock.now();
  const history = (await beforeBegin?.(began)) ?? 0;
  const identity: LogIdentity = { format: 1, id: randomUUID(), source, began, history };
  await writeFile(`${path}.new`, `${JSON.stringify(identity)}\n`, { flush: true });
  await rename(`${path}.new`, path);
  await flushFolder(folder);
  return identity;
}

function checkedIdentity(text: string, source: string, path: string): LogIdentity {
  let found: Partial<LogIdentity> = {};
  try {
    found = JSON.parse(text) as Partial<LogIdentity>;
  } catch {
    // told below
  }
  if (found.format === 1 && typeof found.id === "string" && found.source === source && typeof found.began === "number") return found as LogIdentity;
  throw new IngestError({
    code: "INGEST_OTHER_LOG",
    what:
      found.format !== undefined && found.format !== 1 ? `it has format ${String(found.format)}, this asof reads 1` : `it is not the log of source ${source}`,
    where: path,
    cure: "Restore the file, or name another folder with ingest.folder in the config",
  });
}

/** Cuts what is no whole record from the last segment's end, and keeps it beside the log. Gives the number of bytes. */
async function recover(segments: Segments, format: RecordFormat, folder: string): Promise<number> {
  const last = segments.list.at(-1);
  if (last === undefined) return 0;
  const bytes = await readFile(segments.path(last));
  let good = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, good)) {
    const record = format.record(bytes.toString("utf8", good, end));
    if (record === null || record.position !== last.from + good) break;
    good = end + 1;
  }
  const torn = bytes.length - good;
  if (torn === 0) return 0;
  await writeFile(join(folder, `torn-${last.from + good}`), bytes.subarray(good), { flush: true });
  const file = await openLogFile(segments.path(last), good);
  await file.close();
  last.end = last.from + good;
  return torn;
}

/** The available time of the newest record: of the last line of the last segment that has any. */
function newestIn(segments: Segments, format: RecordFormat): Micros | null {
  for (const segment of segments.list.toReversed()) {
    const position = segments.lastLineIn(segment);
    if (position !== null) return format.record(segments.lineAt(position) as string)?.available ?? null;
  }
  return null;
}

function unreadable(folder: string, from: number, first: number): IngestError {
  return new IngestError({
    code: "INGEST_LOG_COMPACTED",
    what: `records from ${from} to ${first} lie in Parquet files, which nothing here reads`,
    where: folder,
    cure: "Open the log by openStore or asof stream",
  });
}

function damaged(folder: string, position: number): IngestError {
  return new IngestError({
    code: "INGEST_LOG_DAMAGED",
    what: `there is no record at position ${position}, where one was`,
    where: folder,
    cure: "The log's files were changed: restore them. Nothing was changed",
  });
}
