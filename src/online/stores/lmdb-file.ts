// The file that LMDB keeps: told from anything else before it is opened.
import { StoreError } from "../../errors.ts";
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";

/** LMDB's mark, 24 bytes into its file; opening anything else would end the process. */
const MAGIC: Buffer = Buffer.from("dec0efbe", "hex");
const MAGIC_AT = 24;

/** Throws where a file is there that is not LMDB's. */
export function refuseForeign(file: string): void {
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
