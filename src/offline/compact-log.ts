// Compaction: a closed segment of an event log becomes Parquet files, one for each day on which its records were available.
import { DAY, formatTime } from "../time.ts";
import { flush, namedColumns, settleFile, writeAside } from "./write-parquet.ts";
import { identify } from "./sources/files.ts";
import { join } from "node:path";
import { LOG_FILES, RECORD_FIELDS, segmentName } from "../plan/event-log.ts";
import { recordSchema, segmentBatch } from "./sources/event-log.ts";
import { t } from "../schema/value-type.ts";
import { unlink } from "node:fs/promises";
import type { BatchColumn } from "./sources/batch.ts";
import type { Offline } from "./offline.ts";
import type { Source } from "../define/source.ts";

/**
 * Puts Parquet files in place of the closed segment that begins at `address`; returns their paths, none for a segment without
 * records. Whatever stops it, either the segment counts or all of its parts do: readers take no part whose segment is there, and
 * the segment goes last, once all parts are on disk. Done again, it does the same. Throws a `SourceError` for a damaged line.
 */
export function compactSegment(offline: Offline, source: Source<unknown>, address: number): Promise<readonly string[]> {
  const { db, root, openings } = offline;
  return db.exclusively(undefined, async () => {
    const { folder, schema, where } = openings.log(source);
    const path = join(folder, LOG_FILES.segments, segmentName(address));
    const records = { ...recordSchema(schema), [RECORD_FIELDS.replaces]: t.int64() };
    const batch = await segmentBatch(db, { path, is: await identify(root, path) }, path, records, where);
    const column = (name: string): string => (batch.columns.find((one) => one.name === name) as BatchColumn).value;
    const [position, available] = [column(RECORD_FIELDS.position), column(RECORD_FIELDS.available)];
    const parts: string[] = [];
    try {
      const dayOf = `${available} - (${available} % ${DAY} + ${DAY}) % ${DAY}`;
      for (const { day } of await db.query(`SELECT DISTINCT (${dayOf})::DOUBLE AS day FROM ${batch.relation} ORDER BY day`)) {
        const part = join(folder, LOG_FILES.parts, `available=${formatTime(day as number).slice(0, 10)}`, segmentName(address).replace("ndjson", "parquet"));
        await writeAside(db, `SELECT ${namedColumns(batch.columns).join(", ")} FROM ${batch.relation} WHERE ${dayOf} = ${day} ORDER BY ${position}`, part);
        parts.push(part);
      }
    } finally {
      await batch.drop();
    }
    for (const part of parts) await settleFile(part);
    if (parts.length > 0) await flush(folder);
    await unlink(path);
    await flush(join(folder, LOG_FILES.segments));
    return parts;
  });
}
