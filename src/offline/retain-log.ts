// Retention: what of an event log is older than is kept is thrown away, day by day.
import { basename, dirname, join } from "node:path";
import { DAY, parseTime, type Micros } from "../time.ts";
import { flush } from "./write-parquet.ts";
import { listLog, readIdentity, type LogFile } from "./sources/event-log-files.ts";
import { LOG_FILES, type RetainedEdge } from "../plan/event-log.ts";
import { parquetRecords } from "./parquet-records.ts";
import { rename, rm, rmdir, writeFile } from "node:fs/promises";
import type { Offline } from "./offline.ts";
import type { Source } from "../define/source.ts";

/**
 * Throws away the Parquet files of a source's log all of whose records were available before a moment: compacted days, and the
 * history. Where what is left begins is on disk before the first of them goes, so that readers are told; stopped at any moment,
 * the rest goes the next time. Returns that edge, null where nothing was ever thrown away, and how many files went.
 */
export function throwAway(offline: Offline, source: Source<unknown>, before: Micros): Promise<{ readonly edge: RetainedEdge | null; readonly files: number }> {
  const { db, root, openings } = offline;
  return db.exclusively(undefined, async () => {
    const log = openings.log(source);
    const listing = await listLog(root, log.folder);
    if (listing === null) return { edge: null, files: 0 };
    const { retained, parts, history } = listing;
    const { began } = await readIdentity(listing.identity, log.where);
    const limit = Math.max(before, retained?.since ?? -Infinity);
    const days = parts.filter((part) => dayEnd(part) <= limit);
    const past = began <= limit ? history : [];
    const last = days.at(-1);
    if (last === undefined && past.length === 0) return { edge: retained, files: 0 };
    const [newest] = last === undefined ? [] : await parquetRecords(db, log, [last], ({ position }) => `true ORDER BY ${position} DESC LIMIT 1`);
    const edge: RetainedEdge = {
      format: 1,
      from: Math.max(retained?.from ?? 0, newest === undefined ? 0 : newest.position + 1),
      since: Math.max(retained?.since ?? began, last === undefined ? began : dayEnd(last)),
    };
    await writeEdge(log.folder, edge);
    for (const { path } of [...past, ...days]) await rm(path);
    for (const folder of new Set(days.map(({ path }) => dirname(path)))) await rmdir(folder).catch(() => undefined); // what a kill left in it may stay
    return { edge, files: past.length + days.length };
  });
}

/** The end of the day on which the records of a part were available. */
function dayEnd({ path }: LogFile): Micros {
  return parseTime(`${basename(dirname(path)).slice("available=".length)}T00:00:00Z`) + DAY;
}

async function writeEdge(folder: string, edge: RetainedEdge): Promise<void> {
  const path = join(folder, LOG_FILES.retained);
  await writeFile(`${path}.new`, `${JSON.stringify(edge)}\n`, { flush: true });
  await rename(`${path}.new`, path);
  await flush(folder);
}
