// How much the log of a source holds on disk.
import { listLog, logFolder } from "../offline/sources/event-log-files.ts";

/** The bytes of a log's segments, parts and history; null where it has not begun. */
export async function logSize(root: string, ingest: string, source: string): Promise<number | null> {
  const log = await listLog(root, logFolder(root, ingest, source));
  return log === null ? null : [...log.segments, ...log.parts, ...log.history].reduce((bytes, { is }) => bytes + is.bytes, 0);
}
