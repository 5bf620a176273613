// Texts as they lie in rows: short plain ones, which rows of many entities share, are decoded once for all.

/** So many are remembered, each by a hash of its bytes, in the place of another. */
const REMEMBERED = 4096;
/** A longer one is not. */
const LONGEST = 64;

const texts: string[] = Array.from({ length: REMEMBERED }, () => "");

/** The text whose UTF-8 are the bytes `[at, at + size)`. */
export function textAt(bytes: Buffer, at: number, size: number): string {
  if (size > LONGEST) return bytes.toString("utf8", at, at + size);
  let hash = size;
  for (let i = 0; i < size; i++) hash = Math.imul(hash, 31) + (bytes[at + i] as number);
  const place = (hash ^ (hash >>> 12)) & (REMEMBERED - 1);
  const text = texts[place] as string;
  return isText(text, bytes, at, size) ? text : (texts[place] = bytes.toString("utf8", at, at + size));
}

/** Whether bytes are those of a text, and plain ASCII, of which each is a unit of the text. */
function isText(text: string, bytes: Buffer, at: number, size: number): boolean {
  if (text.length !== size) return false;
  for (let i = 0; i < size; i++) {
    const byte = bytes[at + i] as number;
    if (byte > 127 || text.charCodeAt(i) !== byte) return false;
  }
  return true;
}
