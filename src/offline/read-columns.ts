// Reads columns of any kind out of DuckDB into typed arrays.
import type { Arrays, DuckDB, Transfer } from "./duckdb.ts";
import { concatenate } from "../schema/concatenate.ts";
import { Texts } from "../schema/texts.ts";
import type { ScalarKind, ValueKind } from "../schema/value-type.ts";
import type { Vector } from "../schema/vector.ts";

/** How a column of a kind travels: what is selected, as what, and how a vector is made of it. */
export interface Travel {
  readonly selects: (value: string) => readonly string[];
  readonly transfers: readonly Transfer[];
  readonly make: (arrays: readonly Arrays[Transfer][]) => Vector;
}

function numbers(kind: Extract<Vector, { numbers: Float64Array }>["kind"], sql: (value: string) => string): Travel {
  return {
    selects: (value) => [`coalesce(${sql(value)}, 'NaN'::DOUBLE)`],
    transfers: ["float64"],
    make: ([values]) => ({ kind, numbers: values as Float64Array }),
  };
}

/** The way of each kind. Text travels as it is; where texts repeat, their numbers in a dictionary are faster. */
export const TRAVEL: { readonly [K in ScalarKind]: Travel } = {
  float64: numbers("float64", (value) => value),
  int32: numbers("int32", (value) => `${value}::DOUBLE`),
  boolean: numbers("boolean", (value) => `${value}::INTEGER::DOUBLE`),
  timestamp: numbers("timestamp", (value) => `epoch_us(${value})::DOUBLE`),
  int64: {
    selects: (value) => [`coalesce(${value}, 0)`, `(${value} IS NOT NULL)::UTINYINT`],
    transfers: ["int64", "uint8"],
    make: ([words, valid]) => ({ kind: "int64", words: words as BigInt64Array, valid: valid as Uint8Array }),
  },
  int128: {
    selects: (value) => [`${value}::VARCHAR`],
    transfers: ["text"],
    make: ([texts]) => ({ kind: "int128", sums: (texts as Arrays["text"]).map((text) => (text === null ? null : BigInt(text))) }),
  },
  string: { selects: (value) => [value], transfers: ["text"], make: ([texts]) => interned(texts as Arrays["text"]) },
};

function interned(texts: Arrays["text"]): Vector {
  const known = new Texts();
  return { kind: "string", ids: Int32Array.from(texts, (text) => (text === null ? -1 : known.id(text))), dictionary: known.dictionary };
}

/** The way of lists and maps: as they are. */
function travelOf(kind: ValueKind): Travel {
  if (typeof kind === "string") return TRAVEL[kind];
  return { selects: (value) => [value], transfers: ["vectors"], make: ([pieces]) => concatenate(kind, pieces as Arrays["vectors"]) };
}

/** Reads columns, given as SQL by kind, of `from` (a relation, with whatever follows it). */
export async function readColumns(
  db: DuckDB,
  columns: readonly { readonly kind: ValueKind; readonly value: string }[],
  from: string,
): Promise<{ readonly length: number; readonly vectors: readonly Vector[] }> {
  const travels = columns.map(({ kind }) => travelOf(kind));
  const selects = columns.flatMap(({ value }, i) => (travels[i] as Travel).selects(value));
  const { length, columns: arrays } = await db.read(
    `SELECT ${selects.join(", ")} FROM ${from}`,
    travels.flatMap((travel) => travel.transfers),
  );
  let at = 0;
  return { length, vectors: travels.map(({ transfers, make }) => make(arrays.slice(at, (at += transfers.length)))) };
}
