// What a row function returns, found by calling it on made-up rows, since TypeScript's types are gone when it runs.
import { DefinitionError, didYouMean } from "../errors.ts";
import { isTimestamp, timestampOf } from "../time.ts";
import type { RowFunction } from "./view-plan.ts";
import type { ColumnKind, Schema, Value } from "../schema/value-type.ts";

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

/** What a function returns for each sample row. Throws a `DefinitionError` if it reads what is no column. */
export function probe(value: RowFunction, schema: Schema, where: string): unknown[] {
  const unknown = new Set<string>();
  const returned = sampleRows(String(value), schema).map((row) => call(value, watched(row, unknown)));
  for (const name of unknown)
    throw new DefinitionError({
      code: "DEFINITION_UNKNOWN_COLUMN",
      what: `its function reads '${name}', which the source's schema does not have`,
      where,
      cure: didYouMean(name, Object.keys(schema)),
    });
  return returned;
}

/** Rows made of the types of a schema and the literals in a text. */
function sampleRows(text: string, schema: Schema): Readonly<Record<string, Value>>[] {
  const texts = ["", "a", ...[...text.matchAll(/(["'`])((?:(?!\1).)*)\1/g)].map((match) => match[2] ?? "")];
  const numbers = [
    0,
    1,
    -1,
    100,
    0.5,
    ...[...text.matchAll(/\d+(?:\.\d+)?/g)].flatMap((match) => [Number(match[0]) - 1, Number(match[0]), Number(match[0]) + 1]),
  ];
  const choices: { readonly [K in ColumnKind]: readonly Value[] } = {
    string: texts,
    float64: numbers,
    int32: numbers.map(Math.round),
    int64: numbers.map((x) => BigInt(Math.round(x))),
    boolean: [true, false],
    timestamp: [timestampOf(0), timestampOf(1_000_000_000_000_000)],
  };
  return Array.from({ length: SAMPLES }, (_, sample) =>
    Object.fromEntries(Object.entries(schema).map(([name, type], i) => [name, pick(choices[type.kind], type.isNullable, sample, i)])),
  );
}

/** A row that notes what is read of it and is no column: a misspelt one would be null in every row. */
function watched(row: Readonly<Record<string, Value>>, unknown: Set<string>): Readonly<Record<string, Value>> {
  return new Proxy(row, {
    get: (target, name) => {
      if (typeof name === "string" && name !== "toJSON" && !(name in target)) unknown.add(name);
      return Reflect.get(target, name) as unknown;
    },
  });
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
  throw new DefinitionError({
    code: "DEFINITION_UNKNOWN_TYPE",
    what: `its function returns ${typeof value === "object" ? "an object" : `a ${typeof value}`}`,
    where,
    cure: "Return text, a number, a bigint, a boolean, a timestamp or null",
  });
}
