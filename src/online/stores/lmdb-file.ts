// The file that LMDB keeps: told from anything else before it is opened.
import { closeSync, existsSync, openSync, readSync } from "node:fs";

/** LMDB's mark, 24 bytes into its file; opening anything else would end the process. */
const MAGIC: Buffer = Buffer.from("dec0efbe", "hex");
const MAGIC_AT = 24;

/** Throws where a file is there that is not LMDB's. */
export function refuseForeign(file: string): void {
  if (!existsSync(file)) return;
  const mark = Buffer.alloc(MAGIC.length);
  const descriptor = openSync(file, "r");
  const bytes = readSync(descriptor, mark, 0, MAGIC.length, MAGIC_AT);
  closeSync(descriptor);
  if (bytes > 0 && !mark.equals(MAGIC)) throw new Error("data.mdb is no LMDB file");
}
