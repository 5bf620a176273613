// What lies before the live flow of a log: the rows of its history, then its records, a stretch at a time.
import type { EventLog, RecordBatch } from "./event-log.ts";
import type { LogRecord } from "./record.ts";
import type { Micros } from "../time.ts";

/** What was before a log: records at positions below 0, in order, some at a time. */
export type HistoryOf = () => AsyncIterable<readonly LogRecord[]>;

/** Records that follow each other. */
export interface Stretch extends RecordBatch {
  /** All that was available before lies below `end`; -Infinity where it says no more than stretches before it. */
  readonly upTo: Micros;
}

/** Reads a log from a position on, as fast as it is asked to. Where it has caught up with the disk its stretches are empty. */
export class Backlog {
  readonly #stretches: AsyncGenerator<Stretch, never>;
  #current: Stretch | null = null;
  /** Records of the current stretch that were given. */
  #given = 0;

  /** A history is read from its beginning, wherever `from` lies in it: versions of a row are told apart by what came before. */
  constructor(log: EventLog, from: number, history: HistoryOf) {
    this.#stretches = stretchesOf(log, from, history);
  }

  /** The next records, `most` at most, all of them below `to`, where a record begins or the log ends. Throws what reading them throws. */
  async next(most: number, to: number): Promise<Stretch> {
    if (this.#current === null) [this.#current, this.#given] = [(await this.#stretches.next()).value, 0];
    const { records: all, end, upTo } = this.#current;
    let next = Math.min(this.#given + most, all.length);
    while (next > this.#given && (all[next - 1] as LogRecord).position >= to) next--;
    const records = all.slice(this.#given, next);
    this.#given = next;
    if (next < all.length) return { records, end: (all[next] as LogRecord).position, upTo: records.at(-1)?.available ?? -Infinity };
    this.#current = null;
    return { records, end, upTo };
  }

  async close(): Promise<void> {
    await this.#stretches.return(undefined as never);
  }
}

async function* stretchesOf(log: EventLog, from: number, history: HistoryOf): AsyncGenerator<Stretch, never> {
  if (from < 0) {
    for await (const records of history()) {
      const last = records.at(-1);
      if (last !== undefined) yield { records, end: last.position + 1, upTo: last.available };
    }
    yield { records: [], end: 0, upTo: log.identity.began };
  }
  for (let at = Math.max(0, from); ;) {
    for await (const batch of log.records(at)) {
      at = batch.end;
      yield { ...batch, upTo: batch.records.at(-1)?.available ?? -Infinity };
    }
    yield { records: [], end: at, upTo: -Infinity };
  }
}
