// The file that LMDB keeps: told from anything else before it is opened; the only file that loads lmdb.
import { bytesFor } from "../../schema/slab.ts";
import { Parsed } from "../parsed.ts";
import { StoreError } from "../../errors.ts";
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Database, RootDatabase } from "lmdb";

/** An LMDB environment. */
export type Root = RootDatabase<unknown, string>;
/** A database of it. */
export type Table<V, K extends Buffer | (string | number)[]> = Database<V, K>;

/** The bytes under a key, as a copy that begins where numbers can lie. */
export function bytesAt(table: Table<Buffer, Buffer>, key: Buffer): Buffer | undefined {
  const stored = table.getBinaryFast(key); // lies in memory that the next read writes over
  if (stored === undefined) return undefined;
  const bytes = bytesFor(stored.length);
  bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.length));
  return bytes;
}

/** A value that is stored as JSON under one key: what every request reads. */
export class SeldomChanging<T> {
  readonly #key: Buffer;
  readonly #parsed: Parsed<T> = new Parsed();

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** In the snapshot, or the write transaction, at hand; null where there is none. */
  read(table: Table<Buffer, Buffer>): T | null {
    const stored = table.getBinaryFast(this.#key);
    return stored === undefined ? null : this.#parsed.of(stored, stored.length);
  }

  /** Within a write transaction. */
  write(table: Table<Buffer, Buffer>, value: T): void {
    table.putSync(this.#key, Buffer.from(JSON.stringify(value)));
  }
}

/** LMDB's mark, 24 bytes into its file; opening anything else would end the process. */
const MAGIC: Buffer = Buffer.from("dec0efbe", "hex");
const MAGIC_AT = 24;

const MAP_BYTES: number = 256 * 2 ** 30;
const MAX_READERS = 1024;
const MAX_DATABASES = 8;

/** Opens LMDB in a folder, which is made if it is missing. Throws a `StoreError` where it cannot be used. */
export async function openRoot(path: string, mapBytes: number = MAP_BYTES): Promise<Root> {
  const { open } = await import("lmdb");
  try {
    mkdirSync(path, { recursive: true });
    refuseForeign(join(path, "data.mdb"));
    // never noSync: a commit is acknowledged once it is flushed; and room for all at once, since a map that grows moves
    const root = open<unknown, string>({ path, noSubdir: false, mapSize: mapBytes, maxReaders: MAX_READERS, maxDbs: MAX_DATABASES });
    root.readerCheck(); // readers that died would keep old pages from being used again
    return root;
  } catch (error) {
    throw new StoreError(
      {
        code: "STORE_CANNOT_OPEN",
        what: `it cannot be opened (${(error as Error).message})`,
        where: `store ${path}`,
        cure: "Check that the folder can be written and holds a store of asof",
      },
      { cause: error },
    );
  }
}

/** Throws where a file is there that is not LMDB's. */
function refuseForeign(file: string): void {
  if (!existsSync(file)) return;
  const mark = Buffer.alloc(MAGIC.length);
  const descriptor = openSync(file, "r");
  const { size } = fstatSync(descriptor);
  readSync(descriptor, mark, 0, MAGIC.length, MAGIC_AT);
  closeSync(descriptor);
  if (size > 0 && !mark.equals(MAGIC)) throw new Error("data.mdb is no LMDB file");
}

/** What to throw where a store was written by another version of asof. */
export function otherFormat(path: string, format: unknown, mine: number): StoreError {
  return new StoreError({
    code: "STORE_OTHER_FORMAT",
    what: `its format is ${JSON.stringify(format)}, this version of asof reads ${mine}`,
    where: `store ${path}`,
    cure: "Materialize into a new folder",
  });
}
