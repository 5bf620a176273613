// Parts of all that must be the same on every machine: bytes, hashed part by part, so that a difference says where it is.
import { createHash } from "node:crypto";

/** Adds bytes, or text in UTF-8, to a part's digest. */
export type Add = (content: string | Uint8Array) => void;

/** Some bytes that a machine makes. */
export interface Part {
  readonly name: string;
  /** Makes them, always in the same order. */
  readonly make: (add: Add) => void | Promise<void>;
}

/** The first 16 hexadecimal digits of SHA-256 over what a part adds, each with its length in front; throws where it adds next to nothing. */
export async function digestOf({ name, make }: Part): Promise<string> {
  const hash = createHash("sha256");
  let added = 0;
  await make((content) => {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    hash.update(`${bytes.length}:`).update(bytes);
    added += bytes.length;
  });
  if (added < 40) throw new Error(`part ${name} is only ${added} bytes`);
  return hash.digest("hex").slice(0, 16);
}
