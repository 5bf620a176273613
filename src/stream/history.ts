// The history of a log: rows of the source's batch that were available before the log began, decided about as if they had been sent.
import { decider } from "./decide.ts";
import { recordColumns, type RetainedEdge } from "../plan/event-log.ts";
import type { EventCells } from "./event-reader.ts";
import type { LogRecord } from "./record.ts";
import type { Micros } from "../time.ts";
import type { Source } from "../define/source.ts";

/** A row of a history, at a position below 0. */
export interface HistoryRow {
  readonly position: number;
  readonly available: Micros;
  readonly cells: EventCells;
}

/** A record of a segment that was compacted. */
export interface CompactedRow extends HistoryRow {
  /** The version whose place it takes, with its cells; null cells where it is retained no more. */
  readonly replaces: { readonly position: number; readonly cells: EventCells | null } | null;
}

/** Where histories and compacted records lie: the offline side, which reads batches and Parquet files. */
export interface Histories {
  /** Writes the rows of a source's batch that were available before `began`, in place of any that were written before; gives how many they are. */
  write(source: Source<unknown>, began: Micros): Promise<number>;
  /** The rows that happened at or after `since`, in order of position, some at a time. */
  rows(source: Source<unknown>, since: Micros): AsyncIterable<readonly HistoryRow[]>;
  /** The compacted records at positions from `from` up to `to`, in order of position, some at a time. */
  compacted(source: Source<unknown>, from: number, to: number): AsyncIterable<readonly CompactedRow[]>;
  /** Where what is retained of the source's log begins; null where nothing was thrown away. */
  retained(source: Source<unknown>): Promise<RetainedEdge | null>;
}

/** What was compacted of one log. */
export interface CompactedLog {
  /** The records at positions from `from` up to `to`, in order, some at a time. */
  records(from: number, to: number): AsyncIterable<readonly LogRecord[]>;
  /** Where what is retained begins; null where nothing was thrown away. */
  edge(): Promise<RetainedEdge | null>;
}

/** What was compacted of a source's log, as records: as they were in their segments. */
export function compactedLog(histories: Histories, source: Source<unknown>): CompactedLog {
  const deleted = source.kind === "events" ? recordColumns(source).findIndex(({ name }) => name === source.deleted) : -1;
  const recordOf = ({ position, available, cells, replaces }: CompactedRow): LogRecord => {
    if (replaces === null) return { position, available, cells, replaces };
    const isDelete = deleted >= 0 && replaces.cells?.[deleted] === true;
    return { position, available, cells, replaces: { position: replaces.position, was: isDelete ? null : replaces.cells } };
  };
  return {
    records: async function* (from, to) {
      for await (const rows of histories.compacted(source, from, to)) yield rows.map(recordOf);
    },
    edge: () => histories.retained(source),
  };
}

/** Rows after which ids that can no longer be corrected are forgotten. */
const FORGET_EVERY = 100_000;

/** The history of a source as records: versions of a row take each other's places. */
export async function* historyRecords(histories: Histories, source: Source<unknown>, since: Micros): AsyncGenerator<readonly LogRecord[]> {
  const columns = recordColumns(source);
  const decide = decider(source, columns);
  const [id, eventTime] = [source.id, source.eventTime].map((name) => columns.findIndex((column) => column.name === name)) as [number, number];
  const newest = new Map<string, LogRecord>();
  let passed = 0;
  for await (const rows of histories.rows(source, since)) {
    const records: LogRecord[] = [];
    for (const { position, available, cells } of rows) {
      const decision = decide(cells, available, (key) => newest.get(key) ?? null);
      if (decision.kind !== "append") continue;
      const record: LogRecord = { position, available, replaces: decision.replaces, cells };
      records.push(record);
      if (id >= 0) newest.set(String(cells[id]), record);
    }
    yield records;
    passed += rows.length;
    const now = rows.at(-1)?.available ?? -Infinity;
    if (passed % FORGET_EVERY < rows.length)
      for (const [key, { cells }] of newest) if (now - (cells[eventTime] as Micros) > (source.late ?? Infinity)) newest.delete(key);
  }
}
