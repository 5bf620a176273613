// Event logs for tests, written by hand in the layout of src/plan/event-log.ts.
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOG_FILES, RECORD_FIELDS, segmentName, type LogIdentity } from "../../src/plan/event-log.ts";
import { toJson } from "../../src/schema/json-value.ts";
import type { Given } from "../oracle/naive.ts";

/** An event as a log takes it in: a row, and when it came, in microseconds. */
export interface Arrival {
  readonly row: Given;
  readonly available: number;
}

/** The one process that writes a log. */
export class LogWriter {
  readonly folder: string;
  /** The addresses of the segments, the last of which is open. */
  readonly segments: number[] = [];
  /** Where the next record begins. */
  end = 0;
  #torn = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Begins a log. */
  static async begin(folder: string, source: string, began = 0): Promise<LogWriter> {
    await mkdir(join(folder, LOG_FILES.segments), { recursive: true });
    const identity: LogIdentity = { format: 1, id: "made-by-hand", source, began };
    await writeFile(join(folder, LOG_FILES.identity), JSON.stringify(identity));
    return new LogWriter(folder);
  }

  /** The file of a segment. */
  path(address: number): string {
    return join(this.folder, LOG_FILES.segments, segmentName(address));
  }

  /** Appends records, so many to a segment, and returns them as the oracle takes them. */
  async append(arrivals: readonly Arrival[], perSegment: number): Promise<Given[]> {
    const records: Given[] = [];
    for (const [i, { row, available }] of arrivals.entries()) {
      if (i % perSegment === 0 && this.#torn === "") this.segments.push(this.end);
      const fields = Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [[name, toJson(value)] as const]));
      const record = { [RECORD_FIELDS.position]: this.end, [RECORD_FIELDS.available]: available, ...Object.fromEntries(fields) };
      const line = `${JSON.stringify(record)}\n`;
      await appendFile(this.path(this.segments.at(-1) as number), line.slice(this.#torn.length));
      this.#torn = "";
      records.push({ ...row, "~o": this.end, "~a": available });
      this.end += Buffer.byteLength(line);
    }
    return records;
  }

  /** Leaves the beginning of a record at the log's end: what a reader may find at any moment. */
  async tear(): Promise<void> {
    if (this.segments.length === 0) this.segments.push(this.end);
    this.#torn = `{"${RECORD_FIELDS.position}":${this.end},`;
    await appendFile(this.path(this.segments.at(-1) as number), this.#torn);
  }
}
