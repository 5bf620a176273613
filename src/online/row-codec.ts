// A row of a view as an online store keeps it: values in order, then the newest event time of each frame, without names.
import { Packr } from "msgpackr";
import { StoreError } from "../errors.ts";
import { timestampOf, type Micros, type Timestamp } from "../time.ts";
import type { Value, ValueKind } from "../schema/value-type.ts";

/** What a view holds of one entity at one as-of moment. Defaults are not applied. */
export interface ViewRow {
  /** One per feature of the plan. */
  readonly values: readonly Value[];
  /** One per frame of the plan: the newest event time in the window, null where it is empty. */
  readonly newest: readonly (Micros | null)[];
  /** The features, ascending, whose value is null because it cannot be represented. */
  readonly failed: readonly number[];
}

/** The first cell of a row; another number is another layout. */
const FORMAT = 1;
const PACKER: Packr = new Packr({ useRecords: false, int64AsType: "bigint" });

/**
 * A value as one cell: int128 as text, moments as microseconds, the rest as it is (int64 stays a `bigint`, in 8 bytes).
 * One value has one cell, so equal rows have equal bytes.
 */
const TO_CELL: { readonly [K in ValueKind]: (value: NonNullable<Value>) => unknown } = {
  string: (value) => value,
  float64: (value) => (value as number) + 0,
  int32: (value) => value,
  int64: (value) => value,
  int128: String,
  boolean: (value) => value,
  timestamp: (value) => Number((value as Timestamp).micros),
};

/** Reads a cell that is not null. */
export const FROM_CELL: { readonly [K in ValueKind]: (cell: unknown) => Value } = {
  string: (cell) => cell as string,
  float64: (cell) => cell as number,
  int32: (cell) => cell as number,
  int64: (cell) => cell as bigint,
  int128: (cell) => BigInt(cell as string),
  boolean: (cell) => cell as boolean,
  timestamp: (cell) => timestampOf(cell as number),
};

/** The cells of a row lie behind this many cells of header. */
export const FIRST_CELL = 1;

/** The bytes of a row: a MessagePack array of the format, the values, the newest event times and the failed features. */
export function encodeRow(row: ViewRow, kinds: readonly ValueKind[]): Uint8Array {
  const cells: unknown[] = [FORMAT];
  kinds.forEach((kind, i) => {
    const value = row.values[i] ?? null;
    cells.push(value === null ? null : TO_CELL[kind](value));
  });
  for (const at of row.newest) cells.push(at);
  for (const feature of row.failed) cells.push(feature);
  return PACKER.pack(cells);
}

/** The cells of a row: value i at `FIRST_CELL + i`, then the newest event times, then the failed features. Throws a `StoreError`. */
export function decodeCells(bytes: Uint8Array): readonly unknown[] {
  const cells = PACKER.unpack(bytes) as readonly unknown[];
  if (cells[0] === FORMAT) return cells;
  throw new StoreError({
    code: "STORE_OTHER_FORMAT",
    what: `it holds a row of format ${String(cells[0])}, this version of asof reads ${FORMAT}`,
    where: "online store",
    cure: "Materialize again",
  });
}

/** The row, whole. Throws a `StoreError`. */
export function decodeRow(bytes: Uint8Array, kinds: readonly ValueKind[], frames: number): ViewRow {
  const cells = decodeCells(bytes).slice(FIRST_CELL);
  const values = kinds.map((kind, i) => (cells[i] === null ? null : FROM_CELL[kind](cells[i])));
  return { values, newest: cells.slice(kinds.length, kinds.length + frames) as (Micros | null)[], failed: cells.slice(kinds.length + frames) as number[] };
}
