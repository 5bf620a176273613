// Rows go into bytes and come out the same, to the last bit; equal rows have equal bytes.
import { Packr } from "msgpackr";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRow, encodeRow, type ViewRow } from "./row-codec.ts";
import { timestampOf } from "../time.ts";
import type { Value, ValueKind } from "../schema/value-type.ts";

const EXTREME = { int64: [2n ** 63n - 1n, -(2n ** 63n), 0n, 1n, 2n ** 53n + 1n], int128: [2n ** 127n - 1n, -(2n ** 127n), 2n ** 63n, 7n] };
const VALUES: { readonly [K in ValueKind]: fc.Arbitrary<Value> } = {
  string: fc.string({ unit: "binary" }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
  int32: fc.integer(),
  int64: fc.oneof(fc.constantFrom(...EXTREME.int64), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  int128: fc.oneof(fc.constantFrom(...EXTREME.int128), fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n })),
  boolean: fc.boolean(),
  timestamp: fc.maxSafeInteger().map(timestampOf),
};
const micros = fc.option(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2 ** 53, -(2 ** 53), 0, -1)), { nil: null });
const kindsArb = fc.array(fc.constantFrom(...(Object.keys(VALUES) as ValueKind[])), { minLength: 1, maxLength: 40 });
const caseArb = kindsArb.chain((kinds) =>
  fc.record({
    kinds: fc.constant(kinds),
    values: fc.tuple(...kinds.map((kind) => fc.option(VALUES[kind], { nil: null }))),
    newest: fc.array(micros, { maxLength: 4 }),
    failed: fc.subarray(kinds.map((_, i) => i)),
  }),
);
/** With -0 told from 0, and bigints and moments by type and value. */
const exact = (values: readonly Value[]): string[] => values.map((value) => (Object.is(value, -0) ? "-0" : `${typeof value} ${String(value)}`));

test("every value survives, and the same row has the same bytes", () => {
  fc.assert(
    fc.property(caseArb, ({ kinds, values, newest, failed }) => {
      const row: ViewRow = { values, newest, failed };
      const bytes = encodeRow(row, kinds);
      const read = decodeRow(bytes, kinds, newest.length);
      expect(exact(read.values)).toEqual(exact(values));
      expect([read.newest, read.failed]).toEqual([newest, failed]);
      expect(Buffer.compare(encodeRow(read, kinds), bytes)).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

test("a whole double, an int64 of the same size and an int128 keep their types", () => {
  const kinds = ["float64", "int64", "int128", "float64"] as const;
  const row = decodeRow(encodeRow({ values: [5, 5n, 5n, 2 ** 60], newest: [], failed: [] }, kinds), kinds, 0);
  expect(row.values).toEqual([5, 5n, 5n, 2 ** 60]);
});

test("a row of another format is refused", () => {
  const bytes = new Packr({ useRecords: false }).pack([2, 1]);
  expect(() => decodeRow(bytes, ["int32"], 0)).toThrow(expect.objectContaining({ code: "STORE_OTHER_FORMAT" }));
});
