// What a reading of a source is read from, now: its batch, its event log, or a log with nothing in it.
import { emptyLog, EventLog, filesOfLog, type LogRequest } from "./sources/event-log.ts";
import { filesOfBatch, openBatch, type BatchRequest } from "./sources/open-batch.ts";
import { logFolder } from "./sources/event-log-files.ts";
import { takesStream, type Reading } from "./reading.ts";
import { recordSchema, type RetainedEdge } from "../plan/event-log.ts";
import { SourceError } from "../errors.ts";
import type { Batch } from "./sources/batch.ts";
import type { BatchSource, Source } from "../define/source.ts";
import type { DuckDB } from "./duckdb.ts";
import type { SourceSnapshot } from "../plan/record.ts";

/** The rows of a reading as they lie there. */
export interface Opened {
  readonly batch: Batch;
  /** Whether `batch` has the columns of a log: positions and available times. */
  readonly isLog: boolean;
  /** What was read, attributes included. */
  readonly files: SourceSnapshot["files"];
  /** Where what is retained of a log begins; null where it is all there. */
  readonly retained: RetainedEdge | null;
}

/** Where to look for sources and for their logs. */
export interface Places {
  /** The folder that paths are relative to. */
  readonly root: string;
  /** The folder of the event logs. */
  readonly ingest: string;
  /** A folder for copies of what is being written. */
  readonly temp: string;
}

/** Opens what sources are read from. Logs are kept, because they grow. */
export class Openings {
  readonly #db: DuckDB;
  readonly #places: Places;
  readonly #logs = new Map<Source<unknown>, EventLog>();

  constructor(db: DuckDB, places: Places) {
    this.#db = db;
    this.#places = places;
  }

  /** Opens a reading's rows. Throws a `SourceError`. */
  async open(reading: Reading): Promise<Opened> {
    const { source } = reading;
    const attributes = await this.#attributes(source);
    const log = await this.#log(reading)?.open();
    if (log != null) return { batch: log, isLog: true, files: [...log.files, ...attributes], retained: log.retained };
    const given = givenBatch(source);
    if (given === null) return { batch: await emptyLog(this.#db, recordSchema(source)), isLog: true, files: attributes, retained: null };
    const batch = await this.batch(source, given);
    return { batch, isLog: false, files: [...batch.files, ...attributes], retained: null };
  }

  /** Opens a batch as the rows of a source. Throws a `SourceError`. */
  batch(source: Source<unknown>, batch: BatchSource): Promise<Batch> {
    const times = new Set([source.eventTime, ...(source.available.column === null ? [] : [source.available.column])]);
    return openBatch(this.#db, this.#places.root, { batch, schema: recordSchema(source), times, where: whereOf(source) });
  }

  /** Where the log of a source lies, begun or not. */
  log(source: Source<unknown>): LogRequest {
    const { root, ingest } = this.#places;
    return { folder: logFolder(root, ingest, source.name), schema: recordSchema(source), where: `${whereOf(source)}, event log` };
  }

  /** What a reading is made of now. Throws a `SourceError` where there is no file. */
  async files(reading: Reading): Promise<SourceSnapshot["files"]> {
    const { source } = reading;
    const log = await this.#log(reading)?.list();
    const batch = log == null ? givenBatch(source) : null;
    const request = (of: BatchSource): Omit<BatchRequest, "times"> => ({ batch: of, schema: recordSchema(source), where: whereOf(source) });
    const own = log != null ? filesOfLog(log) : batch === null ? [] : await filesOfBatch(this.#db, this.#places.root, request(batch));
    return [...own, ...(await this.#attributes(source))];
  }

  /** Whether a reading's rows are all in memory: they never change, unless a log begins. */
  async isInMemory(reading: Reading): Promise<boolean> {
    return isInMemory(reading.source) && (await this.#log(reading)?.list()) == null;
  }

  /** Of a reading's files those that are more than a log's records: what stays as it is while a log grows. */
  withoutRecords(reading: Reading, files: SourceSnapshot["files"]): SourceSnapshot["files"] {
    const log = this.#log(reading);
    return log === null ? files : files.filter(({ path }) => !log.holds(path));
  }

  async #attributes({ enrichments }: Source<unknown>): Promise<SourceSnapshot["files"]> {
    const files = await Promise.all(enrichments.map(({ of }) => this.files({ source: of, streamed: false })));
    return files.flat();
  }

  /** The log that a reading takes where it has begun. */
  #log(reading: Reading): EventLog | null {
    const { source } = reading;
    if (source.stream === null || !takesStream(reading)) return null;
    const { root, temp } = this.#places;
    const log = this.#logs.get(source) ?? new EventLog(this.#db, root, temp, this.log(source));
    this.#logs.set(source, log);
    return log;
  }
}

function whereOf({ name }: Source<unknown>): string {
  return `source ${name}`;
}

/** The batch of a source without a log; null where nothing has been sent to it yet. */
function givenBatch({ name, batch, stream }: Source<unknown>): BatchSource | null {
  if (batch !== null || stream?.kind === "ingest") return batch;
  throw new SourceError({
    code: "SOURCE_NO_BATCH",
    what: "it has only a stream that asof does not keep",
    where: `source ${name}`,
    cure: 'Training and refreshes read a batch: add batch: parquet("...")',
  });
}

function isInMemory({ batch, enrichments }: Source<unknown>): boolean {
  return batch?.kind === "rows" && enrichments.every(({ of }) => isInMemory(of));
}
