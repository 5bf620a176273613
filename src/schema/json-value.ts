// Values as JSON and as text hold them, without loss: whole numbers of 64 and 128 bits as text, moments as ISO 8601, maps as objects.
import { compareKeys } from "./canonical.ts";
import { formatTime, isTimestamp, timestamp } from "../time.ts";
import type { FeatureMap, FeatureValue, ListKind, MapKind, Scalar, ScalarKind, Value, ValueKind } from "./value-type.ts";

/** What JSON holds of a value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What a request, a log or a command line should hold for each kind, in words for an error's cure. */
export const SPELLING: { readonly [K in ScalarKind]: string } = {
  string: 'text, such as "u1"',
  float64: "a number, such as 12.5",
  int32: "a whole number within 2^31, such as 7",
  int64: 'a whole number within 2^63 as text, such as "7"',
  int128: 'a whole number as text, such as "7"',
  boolean: "true or false",
  timestamp: 'a time in UTC as text, such as "2001-06-01T12:00:00Z"',
};

/**
 * A value as JSON. Doubles survive `JSON.stringify` exactly: it writes the shortest text that reads back as the same bits. A map
 * is an object without a prototype, whose keys are texts and in JavaScript's order; `toJsonText` writes them in the map's.
 */
export function toJson(value: FeatureValue): JsonValue {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (isTimestamp(value)) return formatTime(Number(value.micros));
  if (!isMap(value)) return value.map(toJson);
  const object = Object.create(null) as Record<string, JsonValue>;
  for (const [key, item] of value) object[String(key)] = toJson(item);
  return object;
}

/** The text of a value as JSON: that of `toJson`, with maps in their own order. Doubles are finite. */
export function toJsonText(value: FeatureValue): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null) return "null";
  if (typeof value === "bigint" || isTimestamp(value)) return `"${String(value)}"`;
  return isMap(value) ? mapText(value) : `[${value.map(toJsonText).join()}]`;
}

function mapText(map: FeatureMap): string {
  return `{${Array.from(map, ([key, item]) => `${JSON.stringify(String(key))}:${toJsonText(item)}`).join()}}`;
}

function isMap(value: object): value is FeatureMap {
  return value instanceof Map;
}

/** The value of a kind that JSON holds; undefined if it holds none. Null is null. */
export function fromJson(json: unknown, kind: ScalarKind): Value | undefined;
export function fromJson(json: unknown, kind: ValueKind): FeatureValue | undefined;
export function fromJson(json: unknown, kind: ValueKind): FeatureValue | undefined {
  if (json === null) return null;
  if (typeof kind === "string") return READERS[kind](json);
  return "list" in kind ? readList(json, kind) : readMap(json, kind);
}

function readList(json: unknown, kind: ListKind): readonly Scalar[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const items: Scalar[] = [];
  for (const one of json as readonly unknown[]) {
    const item = fromJson(one, kind.list);
    if (item === undefined || item === null) return undefined;
    items.push(item);
  }
  return items;
}

/** A map in order of its keys, whatever order the object has; one key spelt in two ways is none. */
function readMap(json: unknown, kind: MapKind): FeatureMap | undefined {
  if (typeof json !== "object" || Array.isArray(json)) return undefined;
  const entries: [Scalar, FeatureValue][] = [];
  for (const [text, one] of Object.entries(json as object)) {
    const key = fromText(text, kind.map);
    const item = fromJson(one, kind.of);
    if (key === undefined || key === null || item === undefined) return undefined;
    entries.push([key, item]);
  }
  const map = new Map(entries.sort(([a], [b]) => compareKeys(a, b)));
  return map.size === entries.length ? map : undefined;
}

/** The value of a kind that plain text spells, as on a command line or as the key of an object; undefined if it spells none. */
export function fromText(text: string, kind: ScalarKind): Value | undefined {
  if (kind === "float64" || kind === "int32") return /^[+-]?(\d|\.\d)/.test(text) ? READERS[kind](Number(text)) : undefined;
  if (kind === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
  return READERS[kind](text);
}

const READERS: { readonly [K in ScalarKind]: (json: unknown) => Value | undefined } = {
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
