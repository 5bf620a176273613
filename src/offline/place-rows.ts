// Rows in another order: each value of a column goes to the place of its row.
import type { Column } from "../schema/column.ts";

/** Writes value `i` to place `places[i]` of `into`; to none where that is -1. (Reading in order and writing to few ends is kind to caches.) */
export function place<A extends Float64Array | Int32Array | Uint8Array>(values: A, places: Int32Array, into: A): A {
  for (let i = 0; i < places.length; i++) if ((places[i] as number) >= 0) into[places[i] as number] = values[i] as number;
  return into;
}

/** A column of `length` values, each at the place of its row. */
export function placeColumn(column: Column, places: Int32Array, length: number): Column {
  if ("numbers" in column) return { kind: column.kind, numbers: place(column.numbers, places, new Float64Array(length)) };
  if (column.kind === "string") return { ...column, ids: place(column.ids, places, new Int32Array(length)) };
  const words = new BigInt64Array(length);
  for (let i = 0; i < places.length; i++) if ((places[i] as number) >= 0) words[places[i] as number] = column.words[i] as bigint;
  return { kind: "int64", words, valid: place(column.valid, places, new Uint8Array(length)) };
}
