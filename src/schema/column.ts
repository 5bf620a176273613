// Columns in memory: one typed array a column, strings as ids into a dictionary.
import type { ColumnKind, Value } from "./value-type.ts";
import { timestampOf } from "../time.ts";

/**
 * One column of rows. `numbers` holds float64, int32, booleans (0, 1) and timestamps (microseconds), NaN where null;
 * `ids` points into `dictionary`, -1 where null; `words` holds int64, null where `valid` is 0.
 */
export type Column =
  | { readonly kind: "float64" | "int32" | "boolean" | "timestamp"; readonly numbers: Float64Array }
  | { readonly kind: "string"; readonly ids: Int32Array; readonly dictionary: readonly string[] }
  | { readonly kind: "int64"; readonly words: BigInt64Array; readonly valid: Uint8Array };

/** Columns by name, all of one length. */
export type Columns = Readonly<Record<string, Column>>;

/** Reads one value of a column. */
export type Reader = (index: number) => Value;

/** A reader by kind, chosen once per column and never per row. */
const READERS: { readonly [K in ColumnKind]: (column: Extract<Column, { kind: K }>) => Reader } = {
  float64: ({ numbers }) => numberReader(numbers),
  int32: ({ numbers }) => numberReader(numbers),
  boolean:
    ({ numbers }) =>
    (i) =>
      numbers[i] === 1 ? true : numbers[i] === 0 ? false : null,
  timestamp:
    ({ numbers }) =>
    (i) => {
      const micros = numbers[i] as number;
      return micros !== micros ? null : timestampOf(micros);
    },
  string:
    ({ ids, dictionary }) =>
    (i) =>
      dictionary[ids[i] as number] ?? null,
  int64:
    ({ words, valid }) =>
    (i) =>
      valid[i] === 0 ? null : (words[i] as bigint),
};

function numberReader(numbers: Float64Array): Reader {
  return (i) => {
    const x = numbers[i] as number;
    return x !== x ? null : x;
  };
}

/** A function that reads one value of a column, in the form that row functions see. */
export function reader(column: Column): Reader {
  return (READERS[column.kind] as (column: Column) => Reader)(column);
}

/** Thrown when a row function reads a column that was not read from the source: it must be read, and all done again. */
export class ColumnNotRead extends Error {
  readonly column: string;
  constructor(column: string) {
    super(`column '${column}' was not read`);
    this.column = column;
  }
}
