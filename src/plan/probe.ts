// What a row function returns, found by calling it on made-up rows, since TypeScript's types are gone when it runs.
import { DefinitionError } from "../errors.ts";
import { isTimestamp, timestampOf } from "../time.ts";
import type { RowFunction } from "./view-plan.ts";
import type { ColumnKind, Schema, Value } from "../schema/value-type.ts";

const SAMPLES = 256;

/**
 * The kind of a function's values that are not null, from 256 sample rows made of the schema's types and of the
 * literals in the function's text. Throws a `DefinitionError` where they disagree or where every sample gives null.
 */
export function probeKind(value: RowFunction, schema: Schema, where: string): ColumnKind {
  const text = String(value);
  const texts = ["", "a", ...[...text.matchAll(/(["'`])((?:(?!\1).)*)\1/g)].map((match) => match[2] ?? "")];
  const numbers = [0, 1, -1, 100, 0.5, ...[...text.matchAll(/\d+(?:\.\d+)?/g)].flatMap((match) => [Number(match[0]) - 1, Number(match[0]), Number(match[0]) + 1])];
  const choices: { readonly [K in ColumnKind]: readonly Value[] } = {
    string: texts,
    float64: numbers,
    int32: numbers.map(Math.round),
    int64: numbers.map((x) => BigInt(Math.round(x))),
    boolean: [true, false],
    timestamp: [timestampOf(0), timestampOf(1_000_000_000_000_000)],
  };
  const kinds = new Set<ColumnKind>();
  for (let sample = 0; sample < SAMPLES; sample++) {
    const row = Object.fromEntries(Object.entries(schema).map(([name, type], i) => [name, pick(choices[type.kind], type.isNullable, sample, i)]));
    const kind = kindOf(call(value, row), where);
    if (kind !== null) kinds.add(kind);
  }
  const [only] = kinds;
  if (only !== undefined && kinds.size === 1) return only;
  const what = only === undefined ? "its function gives null for every sample row, so its type cannot be told" : `its function gives now a ${[...kinds].join(", now a ")}`;
  throw new DefinitionError({ code: "DEFINITION_UNKNOWN_TYPE", what, where, cure: "Say what it returns: last((row) => ..., { type: t.string() })" });
}

/** Values spread over the samples by a fixed multiplicative hash: the same rows every time. */
function pick(values: readonly Value[], nullable: boolean, sample: number, column: number): Value {
  const hash = Math.imul(sample * 31 + column + 1, 0x9e3779b1) >>> 8;
  return nullable && hash % 7 === 0 ? null : (values[hash % values.length] ?? null);
}

function call(value: RowFunction, row: Readonly<Record<string, Value>>): unknown {
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
  throw new DefinitionError({ code: "DEFINITION_UNKNOWN_TYPE", what: `its function returns ${typeof value === "object" ? "an object" : `a ${typeof value}`}`, where, cure: "Return text, a number, a bigint, a boolean, a timestamp or null" });
}
