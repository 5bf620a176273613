// Row functions over columns: which rows count, and what each input is. Reads each row once per function.
import { DefinitionError } from "../errors.ts";
import { isTimestamp } from "../time.ts";
import { ownCopy } from "../schema/own-copy.ts";
import { ColumnNotRead, rowView, type Column, type Columns, type Cursor } from "../schema/column.ts";
import type { ColumnKind, Schema } from "../schema/value-type.ts";
import type { InputPlan, RowFunction, ViewPlan } from "../plan/view-plan.ts";
import type { KeyedRows, Mishaps } from "./rows.ts";

/** The rows for which `where` is true, with their keys' new ranges; `index` is null where that is every row. */
export interface Selected {
  readonly offsets: Int32Array;
  readonly eventTime: Float64Array;
  readonly availableTime: Float64Array;
  readonly index: Int32Array | null;
  readonly length: number;
}

/** Applies a view's `where`. */
export function select(where: RowFunction | null, rows: KeyedRows, schema: Schema, mishaps: Mishaps): Selected {
  const { offsets, eventTime, availableTime } = rows;
  const length = offsets[offsets.length - 1] ?? 0;
  if (where === null) return { offsets, eventTime, availableTime, index: null, length };
  const { row, cursor } = rowView(rows.columns, Object.keys(schema));
  const index = new Int32Array(length);
  const kept = new Int32Array(offsets.length);
  let count = 0;
  for (let key = 0; key + 1 < offsets.length; key++) {
    for (let i = offsets[key] as number; i < (offsets[key + 1] as number); i++) {
      cursor.at = i;
      try {
        if (where(row) === true) index[count++] = i;
      } catch {
        mishaps.whereThrew++;
      }
    }
    kept[key + 1] = count;
    refuseUnread(cursor);
  }
  const of = (times: Float64Array) => Float64Array.from({ length: count }, (_, i) => times[index[i] as number] as number);
  return { offsets: kept, eventTime: of(eventTime), availableTime: of(availableTime), index: index.subarray(0, count), length: count };
}

/** Evaluates an input for each selected row. Throws a `DefinitionError` if it returns another type than planned. */
export function evaluate(input: InputPlan, columns: Columns, { index, length }: Selected, view: ViewPlan, mishaps: Mishaps): Column {
  const { row, cursor } = rowView(columns, Object.keys(view.source.schema));
  const values = collector(input.kind, length);
  const wrong = ownCopy(fill)(input.value, row, cursor, index, length, values.put, mishaps);
  refuseUnread(cursor);
  if (wrong !== undefined) throw wrongType(wrong, input, view.name);
  return values.column;
}

/** Ends the sweep where a row function asked for a column that is not there: its values so far mean nothing. */
function refuseUnread({ notRead }: Cursor): void {
  if (notRead !== null) throw new ColumnNotRead(notRead);
}

/** The loop over rows, which refers to nothing but its arguments. Returns the first value of a wrong kind. */
function fill(
  value: RowFunction,
  row: Parameters<RowFunction>[0],
  cursor: Cursor,
  index: Int32Array | null,
  length: number,
  put: Collector["put"],
  mishaps: Mishaps,
): unknown {
  for (let i = 0; i < length; i++) {
    cursor.at = index === null ? i : (index[i] as number);
    let result: unknown;
    try {
      result = value(row);
    } catch {
      if (cursor.notRead !== null) return undefined;
      mishaps.threw++;
      continue;
    }
    if (result === null || result === undefined) continue;
    if (result === Infinity || result === -Infinity) mishaps.infinite++;
    else if (!put(i, result)) return result;
  }
  return undefined;
}

/** Takes values of one kind, all null at first. `put` is false for a value of another kind. */
interface Collector {
  readonly column: Column;
  put(index: number, value: unknown): boolean;
}

function collector(kind: ColumnKind, length: number): Collector {
  if (kind === "string") return texts(length);
  if (kind === "int64") return wholeNumbers(length);
  const numbers = new Float64Array(length).fill(Number.NaN);
  const put = {
    float64: (i: number, value: unknown) => typeof value === "number" && ((numbers[i] = value + 0), true),
    int32: (i: number, value: unknown) => typeof value === "number" && value === (value | 0) && ((numbers[i] = value + 0), true),
    boolean: (i: number, value: unknown) => typeof value === "boolean" && ((numbers[i] = value ? 1 : 0), true),
    timestamp: (i: number, value: unknown) => isTimestamp(value) && ((numbers[i] = Number(value.micros)), true),
  }[kind];
  return { column: { kind, numbers }, put };
}

function texts(length: number): Collector {
  const ids = new Int32Array(length).fill(-1);
  const dictionary: string[] = [];
  const known = new Map<string, number>();
  return {
    column: { kind: "string", ids, dictionary },
    put: (i, value) => {
      if (typeof value !== "string") return false;
      let id = known.get(value);
      if (id === undefined) known.set(value, (id = dictionary.push(value) - 1));
      ids[i] = id;
      return true;
    },
  };
}

function wholeNumbers(length: number): Collector {
  const words = new BigInt64Array(length);
  const valid = new Uint8Array(length);
  return {
    column: { kind: "int64", words, valid },
    put: (i, value) => {
      if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) return false;
      words[i] = value;
      valid[i] = 1;
      return true;
    },
  };
}

function wrongType(value: unknown, input: InputPlan, view: string): DefinitionError {
  const got = typeof value === "bigint" ? `the bigint ${value}` : `a ${typeof value}`;
  return new DefinitionError({
    code: "DEFINITION_WRONG_VALUE",
    what: `a row function returned ${got} where its feature holds ${input.kind}: ${String(input.value)}`,
    where: `view ${view}`,
    cure:
      typeof value === "bigint" && input.kind === "int64"
        ? "Keep it within 64 bits"
        : "Return one type for every row, or say which: sum((row) => ..., { type: t.float64() })",
  });
}
