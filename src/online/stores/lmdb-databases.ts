// The databases of a store's file. A process opens them once, however many stores of it use them: two environments over one file would wait
// for each other for ever, one for the other's write transaction, which waits for the thread that waits.
import { resolve } from "node:path";
import { openRoot, otherFormat, type Root, type Table } from "./lmdb-file.ts";
import type { StateDatabases } from "./lmdb-states.ts";

/** The key of what is known of views and runs. */
export type MetaKey = (string | number)[];

/** All databases of one file. */
export interface Databases extends StateDatabases {
  readonly root: Root;
  /**
   * `["format"]`, `["views"]` (how many), `["view", name, version]` (its number), `["pointer" | "lock", number]`,
   * `["run" | "move", number, n]`, `["definitions"]`.
   */
  readonly meta: Table<unknown, MetaKey>;
  /** The rows lie under the view's number in 4 bytes and the key's bytes; the number alone holds the pointer, so that a request reads it with its rows. */
  readonly rows: Table<Buffer, Buffer>;
}

/** Databases that are open, until they are released. */
export interface OpenDatabases {
  readonly databases: Databases;
  release(): Promise<void>;
}

interface Shared {
  users: number;
  readonly databases: Promise<Databases>;
  closing: Promise<void> | null;
}

const FORMAT = 1;
const OPEN: Map<string, Shared> = new Map();

/** Opens the databases of a folder, or takes part in those that this process has open. Throws a `StoreError`. */
export async function openDatabases(path: string, mapBytes: number | undefined): Promise<OpenDatabases> {
  const place = resolve(path);
  let shared = OPEN.get(place);
  for (; shared?.closing; shared = OPEN.get(place)) await shared.closing;
  if (shared === undefined) OPEN.set(place, (shared = { users: 0, databases: opened(path, mapBytes), closing: null }));
  shared.users++;
  const mine = shared;
  try {
    return { databases: await mine.databases, release: () => release(place, mine) };
  } catch (error) {
    OPEN.delete(place);
    throw error;
  }
}

async function release(place: string, shared: Shared): Promise<void> {
  if (--shared.users > 0) return;
  shared.closing = shared.databases.then(({ root }) => root.close()).finally(() => OPEN.delete(place));
  await shared.closing;
}

async function opened(path: string, mapBytes: number | undefined): Promise<Databases> {
  const root = await openRoot(path, mapBytes);
  const meta = root.openDB<unknown, MetaKey>("meta", { encoding: "json" });
  const rows = root.openDB<Buffer, Buffer>("rows", { encoding: "binary", keyEncoding: "binary" });
  const heads = root.openDB<Buffer, Buffer>("states", { encoding: "binary", keyEncoding: "binary" });
  const chunks = root.openDB<Buffer, Buffer>("chunks", { encoding: "binary", keyEncoding: "binary" });
  const format = meta.get(["format"]) ?? (await root.transaction(() => meta.get(["format"]) ?? (meta.putSync(["format"], FORMAT), FORMAT)));
  if (format === FORMAT) return { root, meta, rows, heads, chunks };
  await root.close();
  throw otherFormat(path, format, FORMAT);
}
