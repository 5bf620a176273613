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
  const { length } = cells;
  if (kind === "string") {
    const ids = new Int32Array(length).fill(-1);
    const dictionary: string[] = [];
    const known = new Map<string, number>();
    for (let i = 0; i < length; i++) {
      const text = cells[i] as string | null;
      if (text === null) continue;
      let id = known.get(text);
      if (id === undefined) known.set(text, (id = dictionary.push(text) - 1));
      ids[i] = id;
    }
    return { kind, ids, dictionary };
  }
  if (kind === "int64") {
    const words = new BigInt64Array(length);
    const valid = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const word = cells[i] as bigint | null;
      if (word === null) continue;
      words[i] = word;
      valid[i] = 1;
    }
    return { kind, words, valid };
  }
  const numbers = new Float64Array(length).fill(Number.NaN);
  for (let i = 0; i < length; i++) if (cells[i] !== null) numbers[i] = Number(cells[i]);
  return { kind, numbers };
}
