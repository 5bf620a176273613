// Values as JSON and as text hold them, without loss: whole numbers of 64 and 128 bits as text, moments as ISO 8601.
import { formatTime, isTimestamp, timestamp } from "../time.ts";
import type { Value, ValueKind } from "./value-type.ts";

/** What JSON holds of a value. */
export type JsonValue = string | number | boolean | null;

/** What a request, a log or a command line should hold for each kind, in words for an error's cure. */
export const SPELLING: { readonly [K in ValueKind]: string } = {
  string: 'text, such as "u1"',
  float64: "a number, such as 12.5",
  int32: "a whole number within 2^31, such as 7",
  int64: 'a whole number within 2^63 as text, such as "7"',
  int128: 'a whole number as text, such as "7"',
  boolean: "true or false",
  timestamp: 'a time in UTC as text, such as "2001-06-01T12:00:00Z"',
};

/** A value as JSON. Doubles survive `JSON.stringify` exactly: it writes the shortest text that reads back as the same bits. */
export function toJson(value: Value): JsonValue {
  if (typeof value === "bigint") return String(value);
  return isTimestamp(value) ? formatTime(Number(value.micros)) : value;
}

/** The text of a value as JSON: that of `toJson`. Doubles are finite. */
export function toJsonText(value: Value): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  return value === null ? "null" : `"${String(value)}"`;
}

/** The value of a kind that JSON holds; undefined if it holds none. Null is null. */
export function fromJson(json: unknown, kind: ValueKind): Value | undefined {
  return json === null ? null : READERS[kind](json);
}

/** The value of a kind that plain text spells, as on a command line; undefined if it spells none. */
export function fromText(text: string, kind: ValueKind): Value | undefined {
  if (kind === "float64" || kind === "int32") return /^[+-]?(\d|\.\d)/.test(text) ? READERS[kind](Number(text)) : undefined;
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
  return READERS[kind](text);
}

const READERS: { readonly [K in ValueKind]: (json: unknown) => Value | undefined } = {
  string: (json) => (typeof json === "string" ? json : undefined),
  float64: (json) => (typeof json === "number" && Number.isFinite(json) ? json + 0 : undefined),
  int32: (json) => (typeof json === "number" && (json | 0) === json ? json + 0 : undefined),
  int64: (json) => whole(json, 64),
  int128: (json) => whole(json, 128),
  boolean: (json) => (typeof json === "boolean" ? json : undefined),
  timestamp: (json) => {
    if (typeof json !== "string") return undefined;
    try {
      return timestamp(json);
    } catch {
      return undefined;
    }
  },
};

function whole(json: unknown, bits: number): bigint | undefined {
  const readable = typeof json === "string" ? /^-?\d{1,39}$/.test(json) : Number.isSafeInteger(json);
  if (!readable) return undefined;
  const value = BigInt(json as string | number);
  return BigInt.asIntN(bits, value) === value ? value : undefined;
}
