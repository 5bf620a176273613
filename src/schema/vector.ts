// Vectors of values: what the kernel gives back, one per feature, and how they are read.
import { reader, type Column } from "./column.ts";
import type { ColumnKind, FeatureValue, ListKind, MapKind, Scalar } from "./value-type.ts";

/** A column, or sums of int64 in 128 bits, or lists, or maps. */
export type Vector = Column | { readonly kind: "int128"; readonly sums: (bigint | null)[] } | ListVector | MapVector;

/** Lists: value `i` is the `lengths[i]` items from `starts[i]` on, null where the length is -1. Items are never null. */
export interface ListVector {
  readonly kind: ListKind;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly items: Column;
}

/** Maps, likewise: entry by entry a key and an item, keys ascending within a map. */
export interface MapVector {
  readonly kind: MapKind;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly keys: Column;
  readonly items: Vector;
}

/** Whether a vector holds lists or maps. */
export function isCollection(vector: Vector): vector is ListVector | MapVector {
  return typeof vector.kind === "object";
}

/** A function that reads one value of a vector. */
export function vectorReader(vector: Vector): (index: number) => FeatureValue {
  if (isCollection(vector)) return "keys" in vector ? mapReader(vector) : listReader(vector);
  return vector.kind === "int128" ? (i) => vector.sums[i] ?? null : reader(vector);
}

function listReader({ starts, lengths, items }: ListVector): (index: number) => readonly Scalar[] | null {
  const read = reader(items);
  return (i) => {
    const length = lengths[i] as number;
    return length < 0 ? null : Object.freeze(Array.from({ length }, (_, item) => read((starts[i] as number) + item) as Scalar));
  };
}

function mapReader({ starts, lengths, keys, items }: MapVector): (index: number) => ReadonlyMap<Scalar, FeatureValue> | null {
  const key = reader(keys);
  const read = vectorReader(items);
  return (i) => {
    const length = lengths[i] as number;
    if (length < 0) return null;
    const map = new Map<Scalar, FeatureValue>();
    for (let entry = starts[i] as number; entry < (starts[i] as number) + length; entry++) map.set(key(entry) as Scalar, read(entry));
    return map;
  };
}

/** The kind of a value in words: `float64`, `list of string`, `map of string to int32`. */
export function kindText(kind: Vector["kind"]): string {
  if (typeof kind === "string") return kind;
  return "list" in kind ? `list of ${kind.list}` : `map of ${kind.map} to ${kindText(kind.of)}`;
}

/** The columns that maps can have as keys. */
export const MAP_KEYS: readonly ColumnKind[] = ["string", "float64", "int32", "int64", "boolean"];
