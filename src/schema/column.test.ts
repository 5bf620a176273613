// Rows over columns: values as row functions see them, null where the column says so.
import { expect, test } from "vitest";
import { ColumnNotRead, rowView, type Columns } from "./column.ts";

const columns: Columns = {
  amount: { kind: "float64", numbers: Float64Array.of(1.5, Number.NaN) },
  quantity: { kind: "int32", numbers: Float64Array.of(3, Number.NaN) },
  paid: { kind: "boolean", numbers: Float64Array.of(0, Number.NaN) },
  at: { kind: "timestamp", numbers: Float64Array.of(7, Number.NaN) },
  category: { kind: "string", ids: Int32Array.of(1, -1), dictionary: ["a", "b"] },
  cents: { kind: "int64", words: BigInt64Array.of(2n ** 53n + 1n, 0n), valid: Uint8Array.of(1, 0) },
};

const names = Object.keys(columns);

test("a row shows each kind in TypeScript's terms, and moves with its cursor", () => {
  const { row, cursor } = rowView(columns, names);
  expect(names.map((name) => String(row[name]))).toEqual(["1.5", "3", "false", "1970-01-01T00:00:00.000007Z", "b", "9007199254740993"]);
  cursor.at = 1;
  expect(names.map((name) => row[name])).toEqual([null, null, null, null, null, null]);
});

test("a row cannot be written, and has nothing but its columns", () => {
  const { row } = rowView(columns, names);
  expect(() => Object.assign(row, { amount: 2 })).toThrow(TypeError);
  expect("toString" in row).toBe(false);
});

test("a column of the schema that was not read is said so, by name", () => {
  const { row } = rowView(columns, [...names, "city"]);
  expect(() => row["city"]).toThrow(new ColumnNotRead("city"));
  expect(row["amount"]).toBe(1.5);
});
