// The history of an event log: the rows of its source's batch that were available before the log began.
import { admission } from "./versions.ts";
import { LOG_COLUMNS } from "./sources/event-log.ts";
import { availableMicros, availableRule } from "./available-time.ts";
import { compareText } from "../schema/canonical.ts";
import { flush, namedColumns, settleFile, writeAside } from "./write-parquet.ts";
import { identify } from "./sources/files.ts";
import { isGone } from "./sources/event-log-files.ts";
import { join } from "node:path";
import { LOG_FILES, RECORD_FIELDS } from "../plan/event-log.ts";
import { parquetRecords, type StoredRecord } from "./parquet-records.ts";
import { quoteName } from "./duckdb.ts";
import type { Micros } from "../time.ts";
import type { Offline } from "./offline.ts";
import type { Source } from "../define/source.ts";

const FILE = "rows.parquet";

/**
 * Writes the rows of a source's batch with `e + delay < began` as the history of its log, in place of one that was written
 * before, and returns how many they are. Their positions are -n to -1, in order of available time, then of all columns. Rows that
 * the stream would not have let in are left out. A source without a batch has none. Throws a `SourceError`.
 */
export function writeHistory(offline: Offline, source: Source<unknown>, began: Micros): Promise<number> {
  const { db, openings } = offline;
  const { batch: given } = source;
  if (given === null) return Promise.resolve(0);
  return db.exclusively(undefined, async () => {
    const batch = await openings.batch(source, given);
    const { relation, columns } = batch;
    try {
      const available = availableMicros(availableRule({ source, streamed: true }), source.eventTime, columns);
      const counted = [...admission({ source, relation, columns, available, position: null, streamed: true }), `${available} < ${began}`];
      const canonical = columns.toSorted((a, b) => compareText(a.name, b.name)).map(({ value }) => `${value} NULLS FIRST`);
      const table = db.scratchName("history");
      const kept = columns.map(({ value }) => value).join(", ");
      const { position: o, available: a } = LOG_COLUMNS;
      await db.run(
        `CREATE TEMP TABLE ${table} AS SELECT ${kept}, a, row_number() OVER (ORDER BY ${["a", ...canonical].join(", ")}) - 1 - count(*) OVER () AS o
          FROM (SELECT ${kept}, ${available} AS a FROM ${relation} WHERE ${counted.join(" AND ")})`,
      );
      const [found] = await db.query(`SELECT count(*)::DOUBLE AS rows FROM ${table}`);
      const { folder } = openings.log(source);
      const path = join(folder, LOG_FILES.history, FILE);
      const record = [`${o}::BIGINT AS ${quoteName(RECORD_FIELDS.position)}`, `${a}::BIGINT AS ${quoteName(RECORD_FIELDS.available)}`];
      await writeAside(db, `SELECT ${[...namedColumns(columns), ...record].join(", ")} FROM ${table} ORDER BY ${o}`, path);
      await settleFile(path);
      await flush(folder);
      return found?.["rows"] as number;
    } catch (error) {
      throw batch.mend(error);
    } finally {
      await batch.drop();
    }
  });
}

/** Rows that are handed on at a time. */
const CHUNK = 20_000;

/** The rows of a source's history that happened at or after `since`, in order of their positions, some at a time. Throws a `SourceError`. */
export async function* historyRows(offline: Offline, source: Source<unknown>, since: Micros): AsyncGenerator<readonly StoredRecord[]> {
  for (let after = -Infinity; ;) {
    const rows = await offline.db.exclusively(undefined, () => rowsAfter(offline, source, since, after));
    if (rows.length === 0) return;
    yield rows;
    after = (rows.at(-1) as StoredRecord).position;
  }
}

async function rowsAfter({ db, root, openings }: Offline, source: Source<unknown>, since: Micros, after: number): Promise<StoredRecord[]> {
  const log = openings.log(source);
  const path = join(log.folder, LOG_FILES.history, FILE);
  const is = await identify(root, path).catch((error: unknown) => {
    if (isGone(error)) return null;
    throw error;
  });
  if (is === null) return [];
  return parquetRecords(db, log, [{ path, is }], ({ position, column }) => {
    const wanted = [column(source.eventTime).atOrAfter(since), ...(after === -Infinity ? [] : [`${position} > ${after}`])];
    return `${wanted.join(" AND ")} ORDER BY ${position} LIMIT ${CHUNK}`;
  });
}
