// Compaction of all logs of a project: closed segments whose records no event can correct any more become Parquet files.
import { compactSegment } from "../offline/compact-log.ts";
import { COMPACTING, lockFolder } from "../stream/process-lock.ts";
import { join } from "node:path";
import { listLog, readIdentity } from "../offline/sources/event-log-files.ts";
import { LOG_FILES, recordColumns, type LogIdentity } from "../plan/event-log.ts";
import { recordFormat } from "../stream/record.ts";
import { Segments, type Segment } from "../stream/segments.ts";
import { formatTime, type Clock, type Micros } from "../time.ts";
import { throwAway } from "../offline/retain-log.ts";
import type { Offline } from "../offline/offline.ts";
import type { Source } from "../define/source.ts";
import type { StateStore } from "../online/state-store.ts";
import type { ViewPlan } from "../plan/view-plan.ts";

/** What compaction works on. */
export interface CompactionSite {
  readonly offline: Offline;
  /** The folder of all logs. */
  readonly folder: string;
  /** The live states; null where there are none yet. */
  readonly states: StateStore | null;
  readonly views: readonly ViewPlan[];
  /** How long events are kept, in microseconds of available time; null: for ever. */
  readonly retain: Micros | null;
  readonly clock: Clock;
}

/** Options of a compaction. */
export interface CompactOptions {
  /** Only segments all of whose records are older, in microseconds of available time. By default 0. */
  readonly olderThan?: Micros | undefined;
  /** Ends it after the segment at hand. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly source: string; readonly done: number; readonly segments: number }) => void) | undefined;
}

/** What was compacted of one log. */
export interface Compacted {
  readonly source: string;
  /** Segments that became Parquet files, and the bytes that they had. */
  readonly segments: number;
  readonly bytes: number;
  /** The Parquet files that they became. */
  readonly parts: number;
  /** Segments that stay: the last one, and those whose records are too young or can still be corrected. */
  readonly left: number;
  /** Parquet files that were thrown away, as `ingest.retain` says. */
  readonly thrown: number;
  /** All records that were available at or after it are there; null: nothing was ever thrown away. */
  readonly since: string | null;
}

/**
 * Compacts the logs of sources, while another process may append to them and others read. Stopped at any moment it loses nothing;
 * what is left of it is done the next time. Throws an `IngestError` `INGEST_COMPACTING` where another process compacts, and a
 * `SourceError` for a damaged log.
 */
export async function compactLogs(site: CompactionSite, sources: readonly Source<unknown>[], options: CompactOptions = {}): Promise<readonly Compacted[]> {
  const lock = await lockFolder(site.folder, COMPACTING);
  try {
    const done: Compacted[] = [];
    for (const source of sources) {
      const compacted = await compactLog(site, source, options);
      if (compacted !== null) done.push(compacted);
    }
    return done;
  } finally {
    await lock.release();
  }
}

/** Null where the log has not begun. */
async function compactLog(site: CompactionSite, source: Source<unknown>, { olderThan = 0, signal, onProgress }: CompactOptions): Promise<Compacted | null> {
  const { offline, clock, retain } = site;
  const { folder, where } = offline.openings.log(source);
  const listing = await listLog(offline.root, folder);
  if (listing === null) return null;
  const identity = await readIdentity(listing.identity, where);
  const segments = await Segments.open(join(folder, LOG_FILES.segments));
  try {
    const ages = agesOf(source, segments);
    const reached = await reachedBy(site, source, identity, ages.at(-1)?.newest ?? -Infinity);
    const before = Math.min(settledBefore(source, reached), clock.now() - olderThan);
    const closed = ages.slice(0, -1);
    const young = closed.findIndex(({ newest }) => newest === null || newest >= before);
    const due = closed.slice(0, young < 0 ? closed.length : young);
    let [bytes, parts, done] = [0, 0, 0];
    for (const { segment } of due) {
      if (signal?.aborted === true) break;
      parts += (await compactSegment(offline, source, segment.from)).length;
      bytes += segment.end - segment.from;
      done++;
      onProgress?.({ source: source.name, done, segments: due.length });
    }
    const { edge, files } = await throwAway(offline, source, retain === null ? -Infinity : reached - retain);
    const since = edge === null ? null : formatTime(edge.since);
    return { source: source.name, segments: done, bytes, parts, left: segments.list.length - done, thrown: files, since };
  } finally {
    segments.close();
  }
}

/** A segment, and when the newest of its records was available; null where it has none. */
interface Aged {
  readonly segment: Segment;
  readonly newest: Micros | null;
}

/** The segments up to the last that has a record, in order. */
function agesOf(source: Source<unknown>, segments: Segments): Aged[] {
  const format = recordFormat(recordColumns(source));
  const ages = segments.list.map((segment): Aged => {
    const line = segments.lastLine(segment);
    return { segment, newest: line === null ? null : (format.record(line)?.available ?? null) };
  });
  return ages.slice(0, ages.findLastIndex(({ newest }) => newest !== null) + 1);
}

/**
 * What counts as now: the moment that the log itself has reached, since its next records are never available before that, whatever
 * a clock says. Its newest record was, or live states have taken it in up to then.
 */
async function reachedBy({ states, views }: CompactionSite, source: Source<unknown>, { id }: LogIdentity, newest: Micros): Promise<Micros> {
  let reached = newest;
  for (const view of views.filter((one) => one.streamed && one.source.name === source.name)) {
    const absorbed = (await states?.absorbed(view)) ?? null;
    if (absorbed?.log === id) reached = Math.max(reached, absorbed.upTo);
  }
  return reached;
}

/** Records that were available before it can no longer be corrected: one that happened at e can until e + late, and e is at most `ahead` after it came. */
function settledBefore({ id, late, ahead }: Source<unknown>, reached: Micros): Micros {
  return id === null ? reached : reached - (late as Micros) - ahead;
}
