// Vectors as columns of a DuckDB table, and the SQL that reads their values back.
import { isCollection, type Vector } from "../schema/vector.ts";
import type { NewColumn } from "./duckdb.ts";

/** A vector as columns of a table. */
export interface Stored {
  readonly columns: readonly NewColumn[];
  /** SQL of the value, from the names of the stored columns. */
  readonly value: (names: readonly string[]) => string;
}

/** SQL of a moment from SQL of its microseconds. */
export type MomentSql = (micros: string) => string;

const NUMBERS: Readonly<Record<Extract<Vector, { numbers: Float64Array }>["kind"], (stored: string, moment: MomentSql) => string>> = {
  float64: (v) => v,
  int32: (v) => `${v}::INTEGER`,
  boolean: (v) => `${v} = 1`,
  timestamp: (v, moment) => moment(`${v}::BIGINT`),
};

/** A vector as columns of a table: null is NaN, or 0 in a column of its own. */
export function store(vector: Vector, moment: MomentSql): Stored {
  if ("numbers" in vector)
    return {
      columns: [{ transfer: "float64", values: vector.numbers }],
      value: ([v]) => `CASE WHEN NOT isnan(${v}) THEN ${NUMBERS[vector.kind](v as string, moment)} END`,
    };
  if (vector.kind === "string") {
    const { ids, dictionary } = vector;
    return { columns: [{ transfer: "text", values: (i) => dictionary[ids[i] as number] ?? null }], value: ([v]) => v as string };
  }
  if (isCollection(vector) || vector.kind === "int128") return { columns: [{ transfer: "vector", values: vector }], value: ([v]) => v as string };
  return {
    columns: [
      { transfer: "int64", values: vector.words },
      { transfer: "uint8", values: vector.valid },
    ],
    value: ([words, valid]) => `CASE WHEN ${valid} = 1 THEN ${words} END`,
  };
}
