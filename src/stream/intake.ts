// The intake of one source: events are read, decided about and appended in batches, and answered once they are on disk.
import { join } from "node:path";
import { AsofError, IngestError } from "../errors.ts";
import { DeadLetters, type DeadLetter, type Reason } from "./dead-letters.ts";
import { decider, type Decision, type FindVersion } from "./decide.ts";
import { EventLog } from "./event-log.ts";
import { eventReader, type EventCells } from "./event-reader.ts";
import { compactedLog, historyRecords, type Histories } from "./history.ts";
import { IdIndex } from "./id-index.ts";
import { LOG_FILES, recordColumns } from "../plan/event-log.ts";
import { recordFormat, type LogRecord, type RecordFormat } from "./record.ts";
import type { Clock, Micros } from "../time.ts";
import type { OpenLogFile } from "./log-file.ts";
import type { Source } from "../define/source.ts";

/** What became of an event. */
export type Outcome =
  /** It is in the log at a position: as a new row, or in the place of another version. */
  | { readonly status: "accepted" | "corrected"; readonly position: number; readonly available: Micros }
  /** The row at that position says the same, or more: nothing was written. */
  | { readonly status: "duplicate" | "outdated"; readonly position: number }
  /** It counts nowhere, and lies with the dead letters: as it came when it came. */
  | ({ readonly status: "dead"; readonly available: Micros } & Reason)
  /** It was not taken: it is no event of the source. */
  | { readonly status: "refused"; readonly error: AsofError };

/** How an intake is opened. */
export interface IntakeOptions {
  /** The folder of the source's log. */
  readonly folder: string;
  readonly segmentBytes: number;
  /** How many bytes of events may wait. */
  readonly queueBytes: number;
  readonly clock: Clock;
  readonly openFile?: OpenLogFile | undefined;
  /** Where what was before the log is; without it, nothing was. */
  readonly histories?: Histories | undefined;
  /** How many ids are in memory before they are written to disk. */
  readonly idsInMemory?: number;
}

/** Events that were sent together. */
interface Sending {
  readonly events: readonly unknown[];
  /** Null where the event was refused. */
  readonly cells: readonly (EventCells | null)[];
  readonly outcomes: Outcome[];
  readonly bytes: number;
  next: number;
  readonly resolve: (outcomes: readonly Outcome[]) => void;
}

/** One event of a batch. */
interface Taken {
  readonly sending: Sending;
  readonly place: number;
  readonly cells: EventCells;
}

/** Events that are written and flushed together. */
const BATCH_EVENTS = 2000;
/** What an event that waits may take in memory, roughly, where its sender does not say. */
const EVENT_BYTES = 256;

/** Takes events of one source. Each is answered once, and what is answered as taken is on disk. */
export class Intake {
  readonly source: Source<unknown>;
  readonly log: EventLog;
  /** Told of records once they are on disk and answered, in order; the next are written when it has resolved. It does not throw. */
  onRecords: (records: readonly LogRecord[]) => Promise<void> | void = () => {};
  readonly #options: IntakeOptions;
  readonly #dead: DeadLetters;
  readonly #ids: IdIndex | null;
  readonly #read: ReturnType<typeof eventReader>;
  readonly #decide: ReturnType<typeof decider>;
  readonly #format: RecordFormat;
  readonly #idPlace: number;
  readonly #arrivalPlace: number;
  readonly #eventTimePlace: number;
  /** Rows of the history that can still be corrected, by id. */
  readonly #recent: Map<string, LogRecord> = new Map();
  /** For positions that a batch has met, the greatest event time of the row's versions. */
  readonly #latest: Map<number, Micros> = new Map();
  readonly #queue: Sending[] = [];
  #queuedBytes = 0;
  #pumping: Promise<void> | null = null;
  #isClosed = false;

  private constructor(source: Source<unknown>, options: IntakeOptions, parts: { log: EventLog; dead: DeadLetters; ids: IdIndex | null; format: RecordFormat }) {
    this.source = source;
    this.#options = options;
    this.log = parts.log;
    this.#dead = parts.dead;
    this.#ids = parts.ids;
    this.#format = parts.format;
    const columns = recordColumns(source);
    this.#read = eventReader(source);
    this.#decide = decider(source, columns);
    const place = (name: string | null): number => columns.findIndex((column) => column.name === name);
    [this.#idPlace, this.#arrivalPlace, this.#eventTimePlace] = [place(source.id), place(source.available.column), place(source.eventTime)];
  }

  /** Opens the log of a source, and brings its index of ids up to its end. Throws an `IngestError`. */
  static async open(source: Source<unknown>, options: IntakeOptions): Promise<Intake> {
    const format = recordFormat(recordColumns(source));
    const histories = source.batch === null ? undefined : options.histories;
    const beforeBegin = histories && ((began: Micros): Promise<number> => histories.write(source, began));
    const compacted = options.histories && compactedLog(options.histories, source);
    const log = await EventLog.open({ ...options, source: source.name, format, beforeBegin, compacted });
    const dead = await DeadLetters.open(join(options.folder, LOG_FILES.dead));
    const folder = join(options.folder, LOG_FILES.ids);
    const memory = options.idsInMemory === undefined ? {} : { memory: options.idsInMemory };
    const ids = source.id === null ? null : await IdIndex.open({ folder, late: (source.late as Micros) + source.ahead, ...memory }, log.end);
    const intake = new Intake(source, options, { log, dead, ids, format });
    await intake.#indexTail();
    if (histories !== undefined && ids !== null) await intake.#indexHistory(histories);
    return intake;
  }

  /** Whether nothing waits: all that is in the log was told to `onRecords`. */
  get isIdle(): boolean {
    return this.#pumping === null;
  }

  /** How many events wait, in bytes. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** How many dead letters there ever were. */
  get deadLetters(): number {
    return this.#dead.count;
  }

  /**
   * Takes events, in order; `bytes` is what they take, where that is known. Resolves with what became of each when what was taken
   * is on disk; what the disk did not take is refused with `INGEST_CANNOT_WRITE`. Throws an `IngestError` `INGEST_BUSY` where too
   * much waits: nothing was taken then.
   */
  take(events: readonly unknown[], bytes: number = events.length * EVENT_BYTES): Promise<readonly Outcome[]> {
    if (this.#isClosed) return Promise.reject(closed(this.source.name));
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#options.queueBytes) return Promise.reject(busy(this.source.name));
    const outcomes: Outcome[] = [];
    const cells = events.map((event, i): EventCells | null => {
      try {
        return this.#read(event, `source ${this.source.name}, event ${i + 1}`);
      } catch (error) {
        if (!(error instanceof AsofError)) throw error;
        outcomes[i] = { status: "refused", error };
        return null;
      }
    });
    this.#queuedBytes += bytes;
    return new Promise((resolve) => {
      this.#queue.push({ events, cells, outcomes, bytes, next: 0, resolve });
      this.#pumping ??= this.#pump();
    });
  }

  /** Takes no more events, writes those that wait, and closes the log. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#pumping;
    await this.#ids?.close();
    await this.#dead.close();
    await this.log.close();
  }

  async #pump(): Promise<void> {
    await Promise.resolve(); // what is sent in the same turn is written together
    while (this.#queue.length > 0) {
      const taken = this.#nextBatch();
      let records: readonly LogRecord[] = [];
      try {
        records = await this.#write(taken);
      } catch (error) {
        for (const { sending } of taken) giveUp(sending, cannotWrite(this.source.name, error));
      }
      this.#settle();
      if (records.length > 0) await this.onRecords(records);
    }
    this.#pumping = null; // in the same step in which the queue was found empty: what comes after it begins anew
  }

  /** The next events that wait, without those that were refused. */
  #nextBatch(): Taken[] {
    const taken: Taken[] = [];
    for (const sending of this.#queue) {
      for (; sending.next < sending.cells.length && taken.length < BATCH_EVENTS; sending.next++) {
        const cells = sending.cells[sending.next] as EventCells | null;
        if (cells !== null) taken.push({ sending, place: sending.next, cells });
      }
      if (taken.length >= BATCH_EVENTS) break;
    }
    return taken;
  }

  /** Answers what has been written whole. */
  #settle(): void {
    for (let sending = this.#queue[0]; sending !== undefined && sending.next >= sending.cells.length; sending = this.#queue[0]) {
      this.#queue.shift();
      this.#queuedBytes -= sending.bytes;
      sending.resolve(sending.outcomes);
    }
  }

  /** Writes a batch; gives its records. Throws where the disk does not take it: nothing is in the log then. */
  async #write(taken: readonly Taken[]): Promise<readonly LogRecord[]> {
    if (taken.length === 0) return [];
    const available = this.log.stamp();
    const pending = new Map<string, LogRecord>();
    const find: FindVersion = (id) => pending.get(id) ?? this.#find(id);
    const records: LogRecord[] = [];
    const letters: Omit<DeadLetter, "number">[] = [];
    const answers: Outcome[] = [];
    const lines = new LineWriter();
    const begin = this.log.end;
    for (const { sending, place, cells } of taken) {
      const decision = this.#decide(cells, available, find);
      if (decision.kind === "append") {
        const record: LogRecord = { position: begin + lines.length, available, replaces: decision.replaces, cells: this.#stamped(cells, available) };
        lines.write(this.#format.line(record));
        records.push(record);
        if (this.#idPlace >= 0) pending.set(String(cells[this.#idPlace]), record);
      } else if (decision.kind === "dead") letters.push({ at: available, code: decision.code, what: decision.what, event: sending.events[place] });
      answers.push(outcomeOf(decision, available, records.at(-1)));
    }
    await this.#dead.add(letters);
    if (records.length > 0) await this.log.append(lines.bytes);
    taken.forEach(({ sending, place }, i) => (sending.outcomes[place] = answers[i] as Outcome));
    for (const record of records) this.#index(record);
    this.#latest.clear();
    if (this.#ids?.isFull === true) await this.#ids.flush(this.log.end, available);
    return records;
  }

  /** The cells as they are kept: where the source has a column for the time of arrival, and the event does not say it, it is the log's. */
  #stamped(cells: EventCells, available: Micros): EventCells {
    return this.#arrivalPlace < 0 || cells[this.#arrivalPlace] !== null ? cells : cells.with(this.#arrivalPlace, available);
  }

  #find(id: string): LogRecord | null {
    for (const { position, eventTime } of this.#ids?.find(id) ?? []) {
      const record = this.log.recordAt(position);
      if (record === null) continue; // compacted: too old to be corrected
      if (String(record.cells[this.#idPlace]) !== id) continue;
      this.#latest.set(position, eventTime);
      return record;
    }
    const recent = this.#recent.get(id) ?? null;
    if (recent !== null) this.#latest.set(recent.position, recent.cells[this.#eventTimePlace] as Micros);
    return recent;
  }

  #index({ position, cells, replaces }: LogRecord): void {
    if (this.#ids === null) return;
    const eventTime = Math.max(cells[this.#eventTimePlace] as Micros, replaces === null ? -Infinity : (this.#latest.get(replaces.position) ?? -Infinity));
    this.#latest.set(position, eventTime);
    this.#ids.put(String(cells[this.#idPlace]), position, eventTime, replaces?.position ?? null);
  }

  /** Notes rows of the history that events may correct or repeat, as long as they may. */
  async #indexHistory(histories: Histories): Promise<void> {
    const { began } = this.log.identity;
    const late = this.source.late as Micros;
    if (this.#options.clock.now() - began > late + this.source.ahead) return;
    for await (const records of historyRecords(histories, this.source, began - late))
      for (const record of records) this.#recent.set(String(record.cells[this.#idPlace]), record);
  }

  /** Notes the ids of records that the index does not hold yet, but for those that were compacted: they can no longer be corrected. */
  async #indexTail(): Promise<void> {
    if (this.#ids === null) return;
    for await (const { records } of this.log.records(Math.max(this.#ids.covered, this.log.first))) {
      for (const record of records) {
        if (this.#ids.isFull) await this.#ids.flush(record.position, record.available);
        if (record.replaces !== null) this.#find(String(record.cells[this.#idPlace]));
        this.#index(record);
      }
      this.#latest.clear();
    }
  }
}

const LINES_BYTES = 2 ** 16;
/** A UTF-16 unit has so many bytes in UTF-8 at most. */
const UNIT_BYTES = 3;

/** The bytes of lines, one after the other. */
class LineWriter {
  length = 0;
  #bytes = Buffer.allocUnsafe(LINES_BYTES);

  write(line: string): void {
    const most = this.length + UNIT_BYTES * line.length;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * most);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.length += this.#bytes.write(line, this.length);
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }
}

/** Refuses what is left of events that were sent together. */
function giveUp(sending: Sending, error: IngestError): void {
  for (let i = 0; i < sending.cells.length; i++) sending.outcomes[i] ??= { status: "refused", error };
  sending.next = sending.cells.length;
}

function outcomeOf(decision: Decision, available: Micros, record: LogRecord | undefined): Outcome {
  if (decision.kind === "duplicate") return { status: "duplicate", position: decision.of };
  if (decision.kind === "outdated") return { status: "outdated", position: decision.by };
  if (decision.kind === "dead") return { status: "dead", available, code: decision.code, what: decision.what };
  const { position } = record as LogRecord;
  return { status: decision.replaces === null ? "accepted" : "corrected", position, available };
}

function busy(source: string): IngestError {
  return new IngestError({
    code: "INGEST_BUSY",
    what: "more events wait than may",
    where: `source ${source}`,
    cure: "Send them again in a second, or raise ingest.queueBytes in the config",
  });
}

function closed(source: string): IngestError {
  return new IngestError({ code: "INGEST_CLOSED", what: "it takes no more events: its process is ending", where: `source ${source}`, cure: "Send them again" });
}

function cannotWrite(source: string, cause: unknown): IngestError {
  const what = `the log cannot be written (${cause instanceof Error ? cause.message : String(cause)})`;
  return new IngestError(
    { code: "INGEST_CANNOT_WRITE", what, where: `source ${source}`, cure: "Make room on the disk, then send the events again" },
    { cause },
  );
}
