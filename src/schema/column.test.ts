// Columns in memory: values as TypeScript sees them, null where the column says so.
import { expect, test } from "vitest";
import { reader, type Column } from "./column.ts";

test.each<readonly [Column, string]>([
  [{ kind: "float64", numbers: Float64Array.of(1.5, Number.NaN) }, "1.5"],
  [{ kind: "int32", numbers: Float64Array.of(3, Number.NaN) }, "3"],
  [{ kind: "boolean", numbers: Float64Array.of(0, Number.NaN) }, "false"],
  [{ kind: "timestamp", numbers: Float64Array.of(7, Number.NaN) }, "1970-01-01T00:00:00.000007Z"],
  [{ kind: "string", ids: Int32Array.of(1, -1), dictionary: ["a", "b"] }, "b"],
  [{ kind: "int64", words: BigInt64Array.of(2n ** 53n + 1n, 0n), valid: Uint8Array.of(1, 0) }, "9007199254740993"],
])("a column of %o", (column, text) => {
  expect(String(reader(column)(0))).toBe(text);
  expect(reader(column)(1)).toBe(null);
});
