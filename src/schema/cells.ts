// Cells: values as stored rows hold them, and columns made of them.
import { isTimestamp } from "../time.ts";
import type { Column } from "./column.ts";
import type { ColumnKind, Value } from "./value-type.ts";

/** A value without objects: a moment is its microseconds. */
export type Cell = string | number | bigint | boolean | null;

/** The cell of a value. */
export function cellOf(value: Value): Cell {
  return isTimestamp(value) ? Number(value.micros) : value;
}

/** A column of cells of one kind. */
export function columnOfCells(kind: ColumnKind, cells: readonly Cell[]): Column {
  if (kind === "string") {
    const known = new Map<string, number>();
    const idOf = (text: string): number => known.get(text) ?? (known.set(text, known.size), known.size - 1);
    const ids = Int32Array.from(cells, (cell) => (cell === null ? -1 : idOf(cell as string)));
    return { kind, ids, dictionary: [...known.keys()] };
  }
  if (kind === "int64")
    return { kind, words: BigInt64Array.from(cells, (cell) => (cell ?? 0n) as bigint), valid: Uint8Array.from(cells, (cell) => Number(cell !== null)) };
  return { kind, numbers: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))) };
}
