// Row functions over columns: which rows count, and what each input is. Reads each row once per function.
import { DefinitionError } from "../errors.ts";
import { isTimestamp } from "../time.ts";
import { callForRows, type Chosen, type Outcome, type Setting, type Sink } from "./row-loop.ts";
import type { Column, Columns } from "../schema/column.ts";
import type { ColumnKind, Schema } from "../schema/value-type.ts";
import type { InputPlan, RowFunction, ViewPlan } from "../plan/view-plan.ts";
import type { KeyedRows } from "./rows.ts";
import type { Mishaps } from "./mishaps.ts";

/** The rows for which `where` is true, with their keys' new ranges; `index` is null where that is every row. */
export interface Selected {
  readonly offsets: Int32Array;
  readonly eventTime: Float64Array;
  readonly availableTime: Float64Array;
  readonly until: Float64Array | null;
  readonly index: Int32Array | null;
  readonly length: number;
}

/** Applies a view's `where`. `place` says in errors which one it is. Throws what `callForRows` throws. */
export function select(where: RowFunction | null, rows: KeyedRows, schema: Schema, mishaps: Mishaps, place = "where"): Selected {
  const { offsets, eventTime, availableTime, until } = rows;
  const length = offsets[offsets.length - 1] ?? 0;
  if (where === null) return { offsets, eventTime, availableTime, until, index: null, length };
  const passed = new Uint8Array(length);
  const { threw } = callForRows(where, { schema, columns: rows.columns, where: place }, { index: null, length }, { ...PASSED, out: passed });
  mishaps.whereThrew += threw;
  const index = new Int32Array(length);
  const kept = new Int32Array(offsets.length);
  let count = 0;
  for (let key = 0; key + 1 < offsets.length; key++) {
    for (let i = offsets[key] as number; i < (offsets[key + 1] as number); i++) if (passed[i] === 1) index[count++] = i;
    kept[key + 1] = count;
  }
  const of = (times: Float64Array): Float64Array => {
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = times[index[i] as number] as number;
    return out;
  };
  return {
    offsets: kept,
    eventTime: of(eventTime),
    availableTime: of(availableTime),
    until: until === null ? null : of(until),
    index: index.subarray(0, count),
    length: count,
  };
}

/**
 * Evaluates an input for each selected row. Throws a `DefinitionError` if it returns another type than planned, and what
 * `callForRows` throws.
 */
export function evaluate(input: InputPlan, columns: Columns, selected: Selected, view: ViewPlan, mishaps: Mishaps): Column {
  const { column, outcome } = collect(input, { schema: view.source.schema, columns, where: placeOf(input, view) }, selected);
  mishaps.threw += outcome.threw;
  mishaps.infinite += outcome.infinite;
  if (outcome.wrong !== undefined) throw wrongType(outcome.wrong, input, view.name);
  return column;
}

/** The view and the features that use an input. */
function placeOf(input: InputPlan, { name, inputs, features }: ViewPlan): string {
  const at = inputs.indexOf(input);
  const users = features.filter(({ call }) => at >= 0 && [call.value, call.add, call.by].includes(at)).map((feature) => feature.name);
  return users.length === 0 ? `view ${name}` : `view ${name}, feature ${users.join(", ")}`;
}

type Puts<Out> = Omit<Sink<Out>, "out">;

/** Takes which rows a `where` lets pass. */
const PASSED: Puts<Uint8Array> = {
  put: (out, i, value) => ((out[i] = value === true ? 1 : 0), true),
  copy: (out, to, from) => void (out[to] = out[from] as number),
};

const copyNumber = (out: Float64Array, to: number, from: number): void => void (out[to] = out[from] as number);

/** How the values of each kind are put into a column. What `put` refuses is no value of the kind. */
const PUTS: { readonly [K in Exclude<ColumnKind, "string" | "int64">]: Puts<Float64Array> } & { readonly string: Puts<Texts>; readonly int64: Puts<Words> } = {
  float64: { put: (out, i, value) => typeof value === "number" && ((out[i] = value + 0), true), copy: copyNumber },
  int32: {
    put: (out, i, value) => typeof value === "number" && (value === (value | 0) || value !== value) && ((out[i] = value + 0), true),
    copy: copyNumber,
  },
  boolean: { put: (out, i, value) => typeof value === "boolean" && ((out[i] = value ? 1 : 0), true), copy: copyNumber },
  timestamp: { put: (out, i, value) => isTimestamp(value) && ((out[i] = Number(value.micros)), true), copy: copyNumber },
  string: {
    put: ({ ids, dictionary, known }, i, value) => {
      if (typeof value !== "string") return false;
      let id = known.get(value);
      if (id === undefined) known.set(value, (id = dictionary.push(value) - 1));
      ids[i] = id;
      return true;
    },
    copy: ({ ids }, to, from) => void (ids[to] = ids[from] as number),
  },
  int64: {
    put: ({ words, valid }, i, value) => {
      if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) return false;
      words[i] = value;
      valid[i] = 1;
      return true;
    },
    copy: ({ words, valid }, to, from) => {
      words[to] = words[from] as bigint;
      valid[to] = valid[from] as number;
    },
  },
};

type Texts = Extract<Column, { kind: "string" }> & { readonly dictionary: string[]; readonly known: Map<string, number> };
type Words = Extract<Column, { kind: "int64" }>;

/** Calls a function for the selected rows, and makes a column of what it returns. */
function collect(input: InputPlan, setting: Setting, chosen: Chosen): { readonly column: Column; readonly outcome: Outcome } {
  const { value, kind } = input;
  if (kind === "string") {
    const out: Texts = { kind, ids: new Int32Array(chosen.length).fill(-1), dictionary: [], known: new Map() };
    const outcome = callForRows(value, setting, chosen, { ...PUTS.string, out });
    return { column: { kind, ids: out.ids, dictionary: out.dictionary }, outcome };
  }
  if (kind === "int64") {
    const out: Words = { kind, words: new BigInt64Array(chosen.length), valid: new Uint8Array(chosen.length) };
    return { column: out, outcome: callForRows(value, setting, chosen, { ...PUTS.int64, out }) };
  }
  const numbers = new Float64Array(chosen.length).fill(Number.NaN);
  return { column: { kind, numbers }, outcome: callForRows(value, setting, chosen, { ...PUTS[kind], out: numbers }) };
}

function wrongType(value: unknown, input: InputPlan, view: string): DefinitionError {
  const got = typeof value === "bigint" ? `the bigint ${value}` : `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
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
