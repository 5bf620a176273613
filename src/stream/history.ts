// The history of a log: rows of the source's batch that were available before the log began, decided about as if they had been sent.
import { decider } from "./decide.ts";
import { recordColumns } from "../plan/event-log.ts";
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

/** Where histories lie: the offline side, which reads batches. */
export interface Histories {
  /** Writes the rows of a source's batch that were available before `began`, in place of any that were written before; gives how many they are. */
  write(source: Source<unknown>, began: Micros): Promise<number>;
  /** The rows that happened at or after `since`, in order of position, some at a time. */
  rows(source: Source<unknown>, since: Micros): AsyncIterable<readonly HistoryRow[]>;
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
