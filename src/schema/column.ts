// Columns in memory: one typed array a column, strings as ids into a dictionary, and rows seen through them.
import { ownCopy } from "./own-copy.ts";
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

/** A row as row functions see it: one object over the columns, moved by setting `cursor.at`. */
export interface RowView {
  readonly row: Readonly<Record<string, Value>>;
  readonly cursor: Cursor;
}

/** The index of the row that a row view shows, and the first column that was asked for without having been read. */
export interface Cursor {
  at: number;
  notRead: string | null;
}

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

/**
 * A row over columns: getters by name, so that a function touches only what it reads. `schema` names all columns that
 * there are: to read one that is not among `columns` throws, and the cursor keeps its name, since a row function may
 * catch what is thrown. (Getters on a prototype, each a copy of its own, cost about 10 ns a read; accessors of one shared
 * function on a bare object cost eight times that.)
 */
export function rowView(columns: Columns, schema: Iterable<string>): RowView {
  const cursor: Cursor = { at: 0, notRead: null };
  class Row {}
  for (const name of schema) {
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
    Object.defineProperty(Row.prototype, name, { enumerable: true, get: column === undefined ? notRead(name, cursor) : getter(column, cursor) });
  }
  Object.setPrototypeOf(Row.prototype, null);
  return { row: Object.freeze(new Row()) as Readonly<Record<string, Value>>, cursor };
}

type Getter<C> = (column: C, cursor: Cursor) => () => Value;

const numberGetter: Getter<{ readonly numbers: Float64Array }> =
  ({ numbers }, cursor) =>
  () => {
    const x = numbers[cursor.at] as number;
    return x !== x ? null : x;
  };

const textGetter: Getter<{ readonly ids: Int32Array; readonly dictionary: readonly string[] }> =
  ({ ids, dictionary }, cursor) =>
  () => {
    const id = ids[cursor.at] as number;
    return id < 0 ? null : (dictionary[id] as string);
  };

function getter(column: Column, cursor: Cursor): () => Value {
  if (column.kind === "float64" || column.kind === "int32") return ownCopy(numberGetter)(column, cursor);
  if (column.kind === "string") return ownCopy(textGetter)(column, cursor);
  const read = reader(column);
  return () => read(cursor.at);
}

function notRead(name: string, cursor: Cursor): () => never {
  return () => {
    cursor.notRead ??= name;
    throw new ColumnNotRead(name);
  };
}
