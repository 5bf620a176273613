// Digests: SHA-256 of bytes or text, in hexadecimal digits.
import { createHash } from "node:crypto";

/** The first `digits` of the SHA-256 of some bytes, or of a text in UTF-8. */
export function digest(content: string | Uint8Array, digits: number): string {
  return createHash("sha256").update(content).digest("hex").slice(0, digits);
}
