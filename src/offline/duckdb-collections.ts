// Lists and maps on their way into DuckDB and out of it: as values of its client, and from its vectors.
import { isCollection, vectorReader, type ListVector, type MapVector, type Vector } from "../schema/vector.ts";
import { Texts } from "../schema/texts.ts";
import type { Client, DuckDBType, DuckDBValue, DuckDBVector } from "./duckdb.ts";
import type { Column } from "../schema/column.ts";
import type { ListKind, MapKind } from "../schema/value-type.ts";
import type { Timestamp } from "../time.ts";

/** A vector as DuckDB's client takes it: of which type, and value by value. */
interface Native {
  readonly type: DuckDBType;
  readonly value: (index: number) => DuckDBValue;
}

/** A vector as values of DuckDB: moments in UTC, sums of 128 bits as `DECIMAL(38, 0)`. */
export function native(client: Client, vector: Vector): Native {
  if (isCollection(vector)) return "keys" in vector ? nativeMap(client, vector) : nativeList(client, vector);
  const read = vectorReader(vector);
  const given = (make: (value: never) => DuckDBValue) => (i: number) => {
    const value = read(i);
    return value === null ? null : make(value as never);
  };
  if (vector.kind === "timestamp") return { type: client.TIMESTAMPTZ, value: given(({ micros }: Timestamp) => new client.DuckDBTimestampTZValue(micros)) };
  if (vector.kind === "int128")
    return { type: client.DECIMAL(38, 0), value: given((sum: bigint) => new client.DuckDBDecimalValue(within38Digits(sum), 38, 0)) };
  const { VARCHAR, DOUBLE, INTEGER, BIGINT, BOOLEAN } = client;
  const type = { string: VARCHAR, float64: DOUBLE, int32: INTEGER, int64: BIGINT, boolean: BOOLEAN }[vector.kind];
  return { type, value: read as Native["value"] };
}

const BEYOND_38_DIGITS: bigint = 10n ** 38n;

/** The client does not check it. Sums have 29 digits at most; a default may have more. */
function within38Digits(sum: bigint): bigint {
  if (sum > -BEYOND_38_DIGITS && sum < BEYOND_38_DIGITS) return sum;
  throw new RangeError(`${sum} has more digits than DECIMAL(38, 0) holds`);
}

function nativeList(client: Client, { starts, lengths, items }: ListVector): Native {
  const item = native(client, items);
  const value = (i: number): DuckDBValue => {
    const length = lengths[i] as number;
    if (length < 0) return null;
    const values: DuckDBValue[] = [];
    for (let at = starts[i] as number; values.length < length; at++) values.push(item.value(at));
    return new client.DuckDBListValue(values);
  };
  return { type: client.LIST(item.type), value };
}

function nativeMap(client: Client, { starts, lengths, keys, items }: MapVector): Native {
  const key = native(client, keys);
  const item = native(client, items);
  const value = (i: number): DuckDBValue => {
    const length = lengths[i] as number;
    if (length < 0) return null;
    const entries: { readonly key: DuckDBValue; readonly value: DuckDBValue }[] = [];
    for (let at = starts[i] as number; entries.length < length; at++) entries.push({ key: key.value(at), value: item.value(at) });
    return new client.DuckDBMapValue(entries);
  };
  return { type: client.MAP(key.type, item.type), value };
}

/** What the client keeps private: which lists are null, and what a map is made of. */
interface ClientList extends DuckDBVector {
  readonly validity: { itemValid(index: number): boolean };
  readonly childVector: DuckDBVector;
  getEntryOffset(index: number): number;
  getEntryLength(index: number): number;
}
interface ClientEntries extends DuckDBVector {
  entryVectorAt(index: 0 | 1): DuckDBVector;
}

/** The vector of asof that a vector of DuckDB holds. Throws a `TypeError` for a type that no feature has. */
export function fromNative(vector: DuckDBVector): Vector {
  if ("listVector" in vector) {
    const list = vector.listVector as ClientList;
    const entries = list.childVector as ClientEntries;
    const keys = fromNative(entries.entryVectorAt(0)) as Column;
    const items = fromNative(entries.entryVectorAt(1));
    const kind: MapKind = { map: keys.kind, of: items.kind };
    return { kind, ...placesOf(list), keys, items };
  }
  if ("childVector" in vector) {
    const items = fromNative(vector.childVector as DuckDBVector) as Column;
    const kind: ListKind = { list: items.kind };
    return { kind, ...placesOf(vector as ClientList), items };
  }
  const type = String(vector.type);
  if (!Object.hasOwn(SCALARS, type)) throw new TypeError(`no feature holds ${type}`);
  return (SCALARS[type] as (vector: DuckDBVector) => Vector)(vector);
}

function placesOf(list: ClientList): Pick<ListVector, "starts" | "lengths"> {
  const starts = new Int32Array(list.itemCount);
  const lengths = new Int32Array(list.itemCount).fill(-1);
  for (let i = 0; i < starts.length; i++) {
    if (!list.validity.itemValid(i)) continue;
    starts[i] = list.getEntryOffset(i);
    lengths[i] = list.getEntryLength(i);
  }
  return { starts, lengths };
}

function numbers(kind: Extract<Column, { readonly numbers: Float64Array }>["kind"], of: (value: never) => number): (vector: DuckDBVector) => Vector {
  return (vector) => {
    const values = new Float64Array(vector.itemCount);
    for (let i = 0; i < values.length; i++) {
      const value = vector.getItem(i);
      values[i] = value === null ? Number.NaN : of(value as never);
    }
    return { kind, numbers: values };
  };
}

/** The types of DuckDB that `native` gives, and how they are read. */
const SCALARS: Readonly<Record<string, (vector: DuckDBVector) => Vector>> = {
  DOUBLE: numbers("float64", Number),
  INTEGER: numbers("int32", Number),
  BOOLEAN: numbers("boolean", Number),
  "TIMESTAMP WITH TIME ZONE": numbers("timestamp", ({ micros }: Timestamp) => Number(micros)),
  BIGINT: (vector) => {
    const words = new BigInt64Array(vector.itemCount);
    const valid = new Uint8Array(vector.itemCount);
    for (let i = 0; i < words.length; i++) {
      const value = vector.getItem(i) as bigint | null;
      words[i] = value ?? 0n;
      valid[i] = value === null ? 0 : 1;
    }
    return { kind: "int64", words, valid };
  },
  "DECIMAL(38,0)": (vector) => {
    const sumOf = (value: DuckDBValue): bigint | null => (value === null ? null : (value as { readonly value: bigint }).value);
    return { kind: "int128", sums: Array.from({ length: vector.itemCount }, (_, i) => sumOf(vector.getItem(i))) };
  },
  VARCHAR: (vector) => {
    const texts = new Texts();
    const idOf = (text: DuckDBValue): number => (text === null ? -1 : texts.id(text as string));
    return { kind: "string", ids: Int32Array.from({ length: vector.itemCount }, (_, i) => idOf(vector.getItem(i))), dictionary: texts.dictionary };
  },
};
