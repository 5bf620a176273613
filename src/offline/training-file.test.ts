// The Parquet file of a training set: features of every kind are written and read back to the bit, and their nulls counted.
import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DuckDB, quoteText } from "./duckdb.ts";
import { exact, valueKinds, valuesOf, vectorOf } from "../../test/values.ts";
import { readParquet, writeParquet } from "./training-file.ts";
import { vectorReader, type Vector } from "../schema/vector.ts";
import type { FeatureValue, ValueKind } from "../schema/value-type.ts";
import type { LabelTable } from "./label-table.ts";

let folder: string;
let db: DuckDB;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-file-"));
  db = await DuckDB.open({ memory: null, threads: null, temp: folder });
});
afterAll(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

/** Labels that are nothing but rows. */
async function labelsOf(rows: number): Promise<LabelTable> {
  const table = db.freshName("labels");
  await db.run(`CREATE TEMP TABLE ${table} AS SELECT nullif(range % 3, 0)::VARCHAR AS c0, range::INTEGER AS i FROM range(${rows})`);
  return { table, columns: [{ name: "y", kind: "string", column: "c0" }], at: new Float64Array(rows), byTime: new Int32Array(rows), files: [] };
}

async function write(columns: readonly { readonly kind: ValueKind; readonly values: readonly FeatureValue[] }[]) {
  const path = join(folder, `${db.freshName("file")}.parquet`);
  const features = columns.map(({ kind, values }, i) => ({ name: `f${i}`, vector: vectorOf(kind, values) }));
  return { path, written: await writeParquet(db, path, await labelsOf(columns[0]?.values.length ?? 0), features) };
}

const read = (vectors: readonly Vector[], rows: number): string[][] =>
  vectors.map((vector) => {
    const value = vectorReader(vector);
    return Array.from({ length: rows }, (_, i) => exact(value(i)));
  });

test("features of every kind are read back as they were, whole and in part, with their nulls counted", async () => {
  const cases = fc
    .record({ kinds: fc.array(valueKinds, { minLength: 1, maxLength: 6 }), rows: fc.integer({ min: 0, max: 40 }) })
    .chain(({ kinds, rows }) =>
      fc.tuple(...kinds.map((kind) => fc.record({ kind: fc.constant(kind), values: fc.array(valuesOf(kind), { minLength: rows, maxLength: rows }) }))),
    );
  await fc.assert(
    fc.asyncProperty(cases, async (columns) => {
      const { path, written } = await write(columns);
      const rows = columns[0]?.values.length as number;
      const features = written.filter(({ role }) => role === "feature");
      expect(features.map(({ kind }) => kind)).toEqual(columns.map(({ kind }) => kind));
      const nulls = (values: readonly FeatureValue[]): number => values.filter((value) => value === null).length;
      expect(written.map((column) => column.nulls)).toEqual([Math.ceil(rows / 3), ...columns.map(({ values }) => nulls(values))]);
      const expected = columns.map(({ values }) => values.map(exact));
      expect(read(await readParquet(db, path, features), rows)).toEqual(expected);
      const [from, length] = [rows >> 1, rows >> 2];
      expect(read(await readParquet(db, path, features, { from, length }), length)).toEqual(expected.map((values) => values.slice(from, from + length)));
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("lists over many chunks stay in the order of their rows", async () => {
  const rows = 5000;
  const values = Array.from({ length: rows }, (_, i) => (i % 7 === 3 ? null : Array.from({ length: i % 5 }, (_, k) => `${i}/${k}`)));
  const maps = Array.from({ length: rows }, (_, i) => (i % 11 === 3 ? null : new Map([[`${i}`, [i, -i]]])));
  const { path, written } = await write([
    { kind: { list: "string" }, values },
    { kind: { map: "string", of: { list: "float64" } }, values: maps },
  ]);
  const features = written.filter(({ role }) => role === "feature");
  expect(read(await readParquet(db, path, features), rows)).toEqual([values.map(exact), maps.map(exact)]);
});

test("the file holds lists, maps, moments in UTC and decimals, as other readers know them", async () => {
  const kinds: readonly ValueKind[] = [{ list: "timestamp" }, { list: "boolean" }, { map: "int64", of: { list: "string" } }, { map: "boolean", of: "int128" }];
  const { path } = await write(kinds.map((kind) => ({ kind, values: [] })));
  const described = await db.query(`SELECT column_type FROM (DESCRIBE SELECT * EXCLUDE (y) FROM read_parquet(${quoteText(path)}))`);
  expect(described.map(({ column_type }) => column_type)).toEqual([
    "TIMESTAMP WITH TIME ZONE[]",
    "BOOLEAN[]",
    "MAP(BIGINT, VARCHAR[])",
    "MAP(BOOLEAN, DECIMAL(38,0))",
  ]);
});

test("a whole number of more than 38 digits is refused, not written as another", async () => {
  await expect(write([{ kind: "int128", values: [10n ** 38n - 1n, -(10n ** 38n) + 1n] }])).resolves.toBeDefined();
  await expect(write([{ kind: "int128", values: [10n ** 38n] }])).rejects.toThrow("has more digits than DECIMAL(38, 0) holds");
});
