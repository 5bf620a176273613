// What a row function returns, found by calling it on made-up rows, since TypeScript's types are gone when it runs.
import { DefinitionError, didYouMean } from "../errors.ts";
import { isTimestamp, timestampOf } from "../time.ts";
import { refuseImpure } from "./pure-text.ts";
import { rowsOf, type RowObject } from "../schema/row-view.ts";
import { whilePure } from "./pure.ts";
import type { Column, Columns } from "../schema/column.ts";
import type { RowFunction } from "./view-plan.ts";
import type { ColumnKind, Schema, Type, Value } from "../schema/value-type.ts";

const SAMPLES = 256;

/**
 * The kind of a function's values that are not null, from 256 sample rows made of the schema's types and of the
 * literals in the function's text. Throws a `DefinitionError` where they disagree, where every sample gives null, or where
 * the function reads what is no column.
 */
export function probeKind(value: RowFunction, schema: Schema, where: string): ColumnKind {
  const kinds = new Set<ColumnKind>();
  for (const returned of probe(value, schema, where)) {
    const kind = kindOf(returned, where);
    if (kind !== null) kinds.add(kind);
  }
  const [only] = kinds;
  if (only !== undefined && kinds.size === 1) return only;
  const what =
    only === undefined ? "its function gives null for every sample row, so its type cannot be told" : `its function gives now a ${[...kinds].join(", now a ")}`;
  throw new DefinitionError({ code: "DEFINITION_UNKNOWN_TYPE", what, where, cure: "Say what it returns: last((row) => ..., { type: t.string() })" });
}

/**
 * What a function returns for each sample row. Throws a `DefinitionError` if it reads what is no column, or names or reads
 * what is not of the row: the clock, chance, a locale.
 */
export function probe(value: RowFunction, schema: Schema, where: string): readonly unknown[] {
  const known = PROBED.get(value);
  if (known?.schema === schema) return known.returned;
  const returned = tried(value, schema, where);
  PROBED.set(value, { schema, returned });
  return returned;
}

/** What functions gave: a view that is planned again need not ask. */
const PROBED = new WeakMap<RowFunction, { readonly schema: Schema; readonly returned: readonly unknown[] }>();

function tried(value: RowFunction, schema: Schema, where: string): unknown[] {
  refuseImpure(value, where);
  const rows = rowsOf(value, schema);
  const { row, seek } = rows.watched;
  rows.unknown.clear();
  rows.busy = true;
  rows.bind(sampleColumns(String(value), schema));
  try {
    const returned = whilePure({ value, where, madeUp: true }, () => Array.from({ length: SAMPLES }, (_, i) => (seek(i), call(value, row))));
    for (const name of rows.unknown)
      throw new DefinitionError({
        code: "DEFINITION_UNKNOWN_COLUMN",
        what: `its function reads '${name}', which the source's schema does not have`,
        where,
        cure: didYouMean(name, Object.keys(schema)),
      });
    return returned;
  } finally {
    rows.busy = false;
    rows.bind(null);
  }
}

/** Rows made of the types of a schema and the literals in a text. */
function sampleColumns(text: string, schema: Schema): Columns {
  const texts = ["", "a", ...[...text.matchAll(/(["'`])((?:(?!\1).)*)\1/g)].map((match) => match[2] ?? "")];
  const numbers = [
    0,
    1,
    -1,
    100,
    0.5,
    ...[...text.matchAll(/\d+(?:\.\d+)?/g)].flatMap((match) => [Number(match[0]) - 1, Number(match[0]), Number(match[0]) + 1]),
  ].filter(Number.isFinite);
  const choices: { readonly [K in ColumnKind]: readonly Value[] } = {
    string: texts,
    float64: numbers,
    int32: numbers.map(Math.round),
    int64: numbers.map((x) => BigInt(Math.round(x))),
    boolean: [true, false],
    timestamp: [timestampOf(0), timestampOf(1_000_000_000_000_000)],
  };
  const values = (column: number, { kind, isNullable }: Type<unknown>): Value[] =>
    Array.from({ length: SAMPLES }, (_, sample) => pick(choices[kind], isNullable, sample, column));
  return Object.fromEntries(Object.entries(schema).map(([name, type], i) => [name, columnOf(type.kind, values(i, type))]));
}

function columnOf(kind: ColumnKind, values: readonly Value[]): Column {
  if (kind === "string") {
    const dictionary = [...new Set(values.filter((value) => typeof value === "string"))];
    return { kind, ids: Int32Array.from(values, (value) => dictionary.indexOf(value as string)), dictionary };
  }
  if (kind === "int64")
    return {
      kind,
      words: BigInt64Array.from(values, (value) => (value as bigint | null) ?? 0n),
      valid: Uint8Array.from(values, (value) => (value === null ? 0 : 1)),
    };
  return { kind, numbers: Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(isTimestamp(value) ? value.micros : value))) };
}

/** Values spread over the samples by a fixed multiplicative hash: the same rows every time. */
function pick(values: readonly Value[], nullable: boolean, sample: number, column: number): Value {
  const hash = Math.imul(sample * 31 + column + 1, 0x9e3779b1) >>> 8;
  return nullable && hash % 7 === 0 ? null : (values[hash % values.length] ?? null);
}

function call(value: RowFunction, row: RowObject): unknown {
  try {
    return value(row);
  } catch {
    return null; // what throws on a made-up row may still be right on real ones; there it counts as null, with a reason
  }
}

const KINDS: Readonly<Record<string, ColumnKind>> = { string: "string", number: "float64", bigint: "int64", boolean: "boolean" };

/** The kind of a value that a row function returned; null for null. Throws on what no feature can hold. */
export function kindOf(value: unknown, where: string): ColumnKind | null {
  if (value === null || value === undefined) return null;
  const kind = KINDS[typeof value] ?? (isTimestamp(value) ? "timestamp" : null);
  if (kind !== null) return kind;
  throw new DefinitionError({
    code: "DEFINITION_UNKNOWN_TYPE",
    what: `its function returns ${typeof value === "object" ? "an object" : `a ${typeof value}`}`,
    where,
    cure: "Return text, a number, a bigint, a boolean, a timestamp or null",
  });
}
