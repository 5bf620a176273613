// Rows over columns: values as row functions see them, what is noted of what they read, and the rows that need no null.
import { expect, test } from "vitest";
import { ColumnNotRead, type Columns } from "./column.ts";
import { FunctionRows, rowsOf } from "./row-view.ts";
import { t } from "./value-type.ts";

const schema = {
  amount: t.float64(),
  quantity: t.int32(),
  paid: t.boolean(),
  at: t.timestamp(),
  category: t.string(),
  cents: t.int64(),
};
const columns: Columns = {
  amount: { kind: "float64", numbers: Float64Array.of(1.5, Number.NaN) },
  quantity: { kind: "int32", numbers: Float64Array.of(3, Number.NaN) },
  paid: { kind: "boolean", numbers: Float64Array.of(0, Number.NaN) },
  at: { kind: "timestamp", numbers: Float64Array.of(7, Number.NaN) },
  category: { kind: "string", ids: Int32Array.of(1, -1), dictionary: ["a", "b"] },
  cents: { kind: "int64", words: BigInt64Array.of(2n ** 53n + 1n, 0n), valid: Uint8Array.of(1, 0) },
};
const names = Object.keys(schema);

function bound(to: Columns = columns): FunctionRows {
  const rows = new FunctionRows(schema);
  rows.bind(to);
  return rows;
}

test("a row shows each kind in TypeScript's terms, and moves", () => {
  const { row, seek } = bound().watched;
  expect(names.map((name) => String(row[name]))).toEqual(["1.5", "3", "false", "1970-01-01T00:00:00.000007Z", "b", "9007199254740993"]);
  expect(seek(1)).toBe(true);
  expect(names.map((name) => row[name])).toEqual([null, null, null, null, null, null]);
});

test("a row cannot be written, and has nothing but its columns", () => {
  const { row } = bound().watched;
  expect(() => Object.assign(row, { amount: 2 })).toThrow(TypeError);
  expect("toString" in row).toBe(false);
});

test("a column of the schema that was not read is said so, by name, until the next columns come", () => {
  const { category: _, ...others } = columns;
  const rows = bound(others);
  expect(() => rows.watched.row["category"]).toThrow(new ColumnNotRead("category"));
  expect(rows.notRead).toBe("category");
  rows.bind(columns);
  expect([rows.notRead, rows.watched.row["category"]]).toEqual([null, "b"]);
});

test("what is touched is noted, and names that are no columns", () => {
  const rows = bound();
  expect(rows.only()).toBe(null);
  void rows.watched.row["category"];
  expect([rows.only(), [...rows.touched]]).toEqual(["category", [4]]);
  void [rows.watched.row["amount"], rows.watched.row["amont"], rows.watched.row["toString"]];
  expect([rows.only(), [...rows.touched], [...rows.unknown]]).toEqual([null, [4, 0], ["amont"]]);
});

test("the plain view takes the rows whose touched numbers are all there, and knows the nulls of others", () => {
  const rows = bound({ ...columns, quantity: { kind: "int32", numbers: Float64Array.of(3, 4) } });
  void rows.watched.row["quantity"];
  const first = rows.plain();
  expect([first?.seek(0), first?.row["quantity"], first?.seek(1), first?.row["quantity"], first?.row["amount"]]).toEqual([true, 3, true, 4, null]);
  void rows.watched.row["amount"];
  const second = rows.plain();
  expect([second === first, second?.seek(0), second?.row["amount"], second?.seek(1)]).toEqual([false, true, 1.5, false]);
  expect(rows.plain()).toBe(second);
  const { amount: _, ...others } = columns;
  rows.bind(others);
  expect(rows.plain()).toBe(null);
});

test("columns may have any names", () => {
  const odd = ["constructor", "a b", 'q"', "\\", "\u2028", "get", "Row", "toString", "prototype"];
  const rows = new FunctionRows(Object.fromEntries(odd.map((name) => [name, t.float64()])));
  rows.bind(Object.fromEntries(odd.map((name, i) => [name, { kind: "float64", numbers: Float64Array.of(i) }])));
  expect(odd.map((name) => rows.watched.row[name])).toEqual(odd.map((_, i) => i));
});

test("a function keeps its rows, but where it is at work on them", () => {
  const f = (): number => 1;
  const rows = rowsOf(f, schema);
  expect([rowsOf(f, schema) === rows, rowsOf(() => 1, schema) === rows, rowsOf(f, { ...schema }) === rows]).toEqual([true, false, false]);
  rows.busy = true;
  expect(rowsOf(f, schema)).not.toBe(rows);
  rows.busy = false;
  expect(rowsOf(f, schema)).toBe(rows);
});
