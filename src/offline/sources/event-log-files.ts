// The files of an event log as they lie there now, while another process appends to the last segment and compacts closed ones.
import { identify } from "./files.ts";
import { basename, isAbsolute, join } from "node:path";
import { LOG_FILES, type LogIdentity, type RetainedEdge } from "../../plan/event-log.ts";
import { readdir, readFile } from "node:fs/promises";
import { SourceError } from "../../errors.ts";
import type { SourceSnapshot } from "../../plan/record.ts";

/** A file of a log: where it lies, and what it is at this moment. */
export interface LogFile {
  readonly path: string;
  readonly is: SourceSnapshot["files"][number];
}

/** The files of a log. */
export interface LogListing {
  readonly identity: LogFile;
  /** In order of their addresses; only the last may grow. */
  readonly segments: readonly LogFile[];
  /** Compacted segments, one file or several each, in order of day, then of address. */
  readonly parts: readonly LogFile[];
  readonly history: readonly LogFile[];
  /** Where what is retained begins; null where nothing was thrown away. */
  readonly retained: RetainedEdge | null;
}

/** How often a log is listed again because a file went away meanwhile. */
const LOG_TRIES = 10;

const SEGMENT = /^\d{16}\.ndjson$/;
const PART = /^\d{16}\.parquet$/;
const HISTORY = /^[^._].*\.parquet$/;

/** The folder of a log, by the ingest folder, which is relative to `root`. */
export function logFolder(root: string, ingest: string, name: string): string {
  return join(isAbsolute(ingest) ? ingest : join(root, ingest), name);
}

/** Lists a log; null where none has begun. */
export async function listLog(root: string, folder: string): Promise<LogListing | null> {
  for (let tries = 1; ; tries++) {
    const identity = await listed(root, join(folder, LOG_FILES.identity)).catch(ifGone(null));
    if (identity === null) return null;
    try {
      const files = await listFiles(root, folder);
      return { identity, ...files, retained: await readEdge(folder) }; // read last: it is written before files go
    } catch (error) {
      if (!isGone(error) || tries === LOG_TRIES) throw error;
    }
  }
}

/**
 * Segments are listed first: one that is compacted after that is in the listing, and one that was before has its parts there.
 * Parts of a segment that is still there do not count: they may not all be there yet.
 */
async function listFiles(root: string, folder: string): Promise<Omit<LogListing, "identity" | "retained">> {
  const [segments, parts, history] = [LOG_FILES.segments, LOG_FILES.parts, LOG_FILES.history].map((name) => join(folder, name)) as [string, string, string];
  const open = await namesIn(segments, SEGMENT);
  const isOpen = new Set(open.map(addressOf));
  const days = await namesIn(parts, /^available=/);
  const compacted: string[] = [];
  for (const day of days) {
    const names = (await namesIn(join(parts, day), PART)).filter((name) => !isOpen.has(addressOf(name)));
    compacted.push(...names.map((name) => join(parts, day, name)));
  }
  const past = (await namesIn(history, HISTORY)).map((name) => join(history, name));
  const list = (paths: readonly string[]): Promise<LogFile[]> => Promise.all(paths.map((path) => listed(root, path)));
  return { segments: await list(open.map((name) => join(segments, name))), parts: await list(compacted), history: await list(past) };
}

/**
 * Reads what the files of a log hold by now; null where it has not begun. Where files went away meanwhile, it is listed and read
 * again. Throws what `read` throws.
 */
export async function readListed<T>(list: () => Promise<LogListing | null>, read: (listing: LogListing) => Promise<T>): Promise<T | null> {
  let listing = await list();
  for (let tries = 1; listing !== null; tries++) {
    try {
      return await read(listing);
    } catch (error) {
      const before = pathsOf(listing);
      listing = await list();
      if (tries === LOG_TRIES || (listing !== null && pathsOf(listing) === before && !isGone(error))) throw error;
    }
  }
  return null;
}

function pathsOf({ parts, history, segments }: LogListing): string {
  return [...parts, ...history, ...segments].map(({ path }) => path).join("\n");
}

/** Where what is retained of a log begins; null where nothing was thrown away. */
async function readEdge(folder: string): Promise<RetainedEdge | null> {
  const text = await readFile(join(folder, LOG_FILES.retained), "utf8").catch(ifGone(null));
  return text === null ? null : (JSON.parse(text) as RetainedEdge);
}

/** The address of a segment, or of the one that a part is of. */
export function addressOfFile({ path }: LogFile): number {
  return Number(addressOf(basename(path)));
}

async function listed(root: string, path: string): Promise<LogFile> {
  return { path, is: await identify(root, path) };
}

async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(ifGone<string[]>([]));
  return names.filter((name) => pattern.test(name)).toSorted();
}

function addressOf(name: string): string {
  return name.slice(0, name.indexOf("."));
}

/** Reads which log it is. Throws a `SourceError` where its file says nothing that can be understood. */
export async function readIdentity(file: LogFile, where: string): Promise<LogIdentity> {
  const said = parsed(await readFile(file.path, "utf8")) as Partial<LogIdentity> | null;
  if (said?.format === 1 && typeof said.id === "string" && Number.isSafeInteger(said.began)) return said as LogIdentity;
  throw new SourceError({
    code: "SOURCE_LOG_UNKNOWN",
    what: "it does not say which log this is, in a form that this version of asof knows",
    where: `${where}, ${file.is.path}`,
    cure: "Restore the file from a copy, or read the log with the version that writes it",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether a file or folder is not there. */
export function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === "ENOENT";
}

function ifGone<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if (isGone(error)) return otherwise;
    throw error;
  };
}
