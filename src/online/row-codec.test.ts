// Rows go into bytes and come out the same, to the last bit; equal rows have equal bytes.
import { Packr } from "msgpackr";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRow, rowEncoder } from "./row-codec.ts";
import { exact, SCALAR_KINDS, valueKinds, valuesOf } from "../../test/values.ts";
import type { ValueKind } from "../schema/value-type.ts";

const micros = fc.option(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2 ** 53, -(2 ** 53), 0, -1)), { nil: null });
const caseOf = (kinds: readonly ValueKind[]) =>
  fc.record({
    kinds: fc.constant(kinds),
    values: fc.tuple(...kinds.map((kind) => valuesOf(kind))),
    newest: fc.array(micros, { maxLength: 4 }),
    failed: fc.subarray(kinds.map((_, i) => i)),
  });
const scalarCases = fc.array(fc.constantFrom(...SCALAR_KINDS), { minLength: 1, maxLength: 40 }).chain(caseOf);
const nestedCases = fc.array(valueKinds, { minLength: 1, maxLength: 10 }).chain(caseOf);

test("every value survives, and the same row has the same bytes", () => {
  fc.assert(
    fc.property(fc.oneof(scalarCases, nestedCases), ({ kinds, ...row }) => {
      const encode = rowEncoder(kinds);
      const bytes = encode(row);
      const read = decodeRow(bytes, kinds, row.newest.length);
      expect(read.values.map(exact)).toEqual(row.values.map(exact));
      expect([read.newest, read.failed]).toEqual([row.newest, row.failed]);
      expect(Buffer.compare(encode(read), bytes)).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

test("a whole double, an int64 of the same size and an int128 keep their types", () => {
  const kinds = ["float64", "int64", "int128", "float64"] as const;
  const row = decodeRow(rowEncoder(kinds)({ values: [5, 5n, 5n, 2 ** 60], newest: [], failed: [] }), kinds, 0);
  expect(row.values).toEqual([5, 5n, 5n, 2 ** 60]);
});

test("a list that is null is told from one without items", () => {
  const kinds = [{ list: "string" }, { list: "string" }, { map: "string", of: "int32" }] as const;
  const row = decodeRow(rowEncoder(kinds)({ values: [null, [], new Map()], newest: [], failed: [0] }), kinds, 0);
  expect(row).toEqual({ values: [null, [], new Map()], newest: [], failed: [0] });
});

test("a row of another format is refused", () => {
  const bytes = new Packr({ useRecords: false }).pack([2, 1]);
  expect(() => decodeRow(bytes, ["int32"], 0)).toThrow(expect.objectContaining({ code: "STORE_OTHER_FORMAT" }));
});
