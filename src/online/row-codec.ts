// A row of a view as an online store keeps it: values in order, then the newest event time of each frame, without names.
import { pack, unpack } from "../schema/pack.ts";
import { StoreError } from "../errors.ts";
import { timestampOf, type Micros, type Timestamp } from "../time.ts";
import type { FeatureMap, FeatureValue, Scalar, ScalarKind, ValueKind } from "../schema/value-type.ts";

/** What a view holds of one entity at one as-of moment. Defaults are not applied. */
export interface ViewRow {
  /** One per feature of the plan. */
  readonly values: readonly FeatureValue[];
  /** One per frame of the plan: the newest event time in the window, null where it is empty. */
  readonly newest: readonly (Micros | null)[];
  /** The features, ascending, whose value is null because it cannot be represented. */
  readonly failed: readonly number[];
}

/** The first cell of a row; another number is another layout. */
const FORMAT = 1;

type ToCell = (value: NonNullable<FeatureValue>) => unknown;
type FromCell = (cell: unknown) => FeatureValue;

/**
 * A value as one cell: int128 as text, moments as microseconds, the rest as it is (int64 stays a `bigint`, in 8 bytes).
 * One value has one cell, so equal rows have equal bytes.
 */
const TO_CELL: { readonly [K in ScalarKind]: ToCell } = {
  string: (value) => value,
  float64: (value) => (value as number) + 0,
  int32: (value) => value,
  int64: (value) => value,
  int128: String,
  boolean: (value) => value,
  timestamp: (value) => Number((value as Timestamp).micros),
};

const asItIs: FromCell = (cell) => cell as FeatureValue;

const FROM_CELL: { readonly [K in ScalarKind]: FromCell } = {
  string: asItIs,
  float64: asItIs,
  int32: asItIs,
  int64: asItIs,
  int128: (cell) => BigInt(cell as string),
  boolean: asItIs,
  timestamp: (cell) => timestampOf(cell as number),
};

/** How a value of a kind becomes a cell: a list an array of cells, a map an array of key, item, key, item. */
function toCellOf(kind: ValueKind): ToCell {
  if (typeof kind === "string") return TO_CELL[kind];
  if ("list" in kind) {
    const ofItem = TO_CELL[kind.list];
    return (list) => (list as readonly Scalar[]).map(ofItem);
  }
  const ofKey = TO_CELL[kind.map];
  const ofItem = toCellOf(kind.of);
  return (map) => Array.from(map as FeatureMap, ([key, item]) => [ofKey(key), item === null ? null : ofItem(item)]).flat();
}

/** Reads cells of a kind that are not null. */
export function fromCellOf(kind: ValueKind): FromCell {
  if (typeof kind === "string") return FROM_CELL[kind];
  if ("list" in kind) {
    const ofItem = FROM_CELL[kind.list];
    return ofItem === asItIs ? asItIs : (cells) => (cells as readonly unknown[]).map((cell) => ofItem(cell) as Scalar);
  }
  const ofKey = FROM_CELL[kind.map];
  const ofItem = fromCellOf(kind.of);
  return (cells) => mapOf(cells as readonly unknown[], ofKey, ofItem);
}

function mapOf(cells: readonly unknown[], ofKey: FromCell, ofItem: FromCell): FeatureMap {
  const map = new Map<Scalar, FeatureValue>();
  for (let i = 0; i < cells.length; i += 2) map.set(ofKey(cells[i]) as Scalar, cells[i + 1] === null ? null : ofItem(cells[i + 1]));
  return map;
}

/** The cells of a row lie behind this many cells of header. */
export const FIRST_CELL = 1;

/** Writes rows of these kinds as bytes: a MessagePack array of the format, the values, the newest event times and the failed features. */
export function rowEncoder(kinds: readonly ValueKind[]): (row: ViewRow) => Uint8Array {
  const toCells = kinds.map(toCellOf);
  return ({ values, newest, failed }) => {
    const cells: unknown[] = [FORMAT];
    for (let i = 0; i < toCells.length; i++) {
      const value = values[i] ?? null;
      cells.push(value === null ? null : (toCells[i] as ToCell)(value));
    }
    for (const at of newest) cells.push(at);
    for (const feature of failed) cells.push(feature);
    return pack(cells);
  };
}

/** The cells of a row: value i at `FIRST_CELL + i`, then the newest event times, then the failed features. Throws a `StoreError`. */
export function decodeCells(bytes: Uint8Array): readonly unknown[] {
  const cells = unpack(bytes) as readonly unknown[];
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
  const values = kinds.map((kind, i) => (cells[i] === null ? null : fromCellOf(kind)(cells[i])));
  return { values, newest: cells.slice(kinds.length, kinds.length + frames) as (Micros | null)[], failed: cells.slice(kinds.length + frames) as number[] };
}
