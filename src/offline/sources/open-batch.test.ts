// Batches: what each file type and SQL type becomes, and what is said of input that is none.
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DuckDB } from "../duckdb.ts";
import { csv, parquet, rows, type BatchSource } from "../../define/source.ts";
import { openBatch } from "./open-batch.ts";
import { readColumns } from "../read-columns.ts";
import { t, type Schema, type Value } from "../../schema/value-type.ts";
import { isTimestamp, timestamp } from "../../time.ts";
import { vectorReader } from "../../schema/vector.ts";

let root: string;
let db: DuckDB;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-batch-"));
  db = await DuckDB.open({ memory: null, threads: null, temp: join(root, "temp") });
});
afterAll(async () => {
  db.close();
  await rm(root, { recursive: true });
});

/** The values of a batch, row by row, with timestamps as text. */
async function read(batch: BatchSource, schema: Schema, times: readonly string[] = []): Promise<unknown[][]> {
  const opened = await openBatch(db, root, { batch, schema, times: new Set(times), where: "source tried" });
  const { length, vectors } = await readColumns(db, opened.columns, opened.relation).catch((error: unknown) => {
    throw opened.mend(error);
  });
  await opened.drop();
  const readers = vectors.map(vectorReader);
  return Array.from({ length }, (_, i) => readers.map((value) => value(i)).map((value) => (isTimestamp(value) ? value.toString() : value)));
}

async function parquetOf(name: string, select: string): Promise<BatchSource> {
  await db.run(`COPY (${select}) TO '${join(root, name)}' (FORMAT parquet)`);
  return parquet(name);
}

async function csvOf(name: string, text: string): Promise<BatchSource> {
  await writeFile(join(root, name), text);
  return csv(name);
}

describe("SQL types", () => {
  test.each([
    ["TINYINT '-1'", t.int32(), -1],
    ["USMALLINT '65535'", t.int32(), 65535],
    ["INTEGER '7'", t.int64(), 7n],
    ["UINTEGER '4294967295'", t.int64(), 4294967295n],
    ["BIGINT '9007199254740993'", t.int64(), 9007199254740993n],
    ["FLOAT '0.1'", t.float64(), Math.fround(0.1)],
    ["DECIMAL(15, 6) '123456789.123456'", t.float64(), 123456789.123456],
    ["DOUBLE 'NaN'", t.float64(), null],
    ["DOUBLE 'Infinity'", t.float64(), null],
    ["DOUBLE '-0'", t.float64(), 0],
    ["'a' || chr(0) || 'b'", t.string(), "a\0b"],
    ["'x'::ENUM('x', 'y')", t.string(), "x"],
    ["BOOLEAN 'false'", t.boolean(), false],
    ["DATE '1969-12-31'", t.timestamp(), "1969-12-31T00:00:00Z"],
    ["TIMESTAMP '2001-06-01 12:00:00.000001'", t.timestamp(), "2001-06-01T12:00:00.000001Z"],
    ["TIMESTAMPTZ '2001-06-01 12:00:00+02'", t.timestamp(), "2001-06-01T10:00:00Z"],
    ["make_timestamp_ns(-1)", t.timestamp(), "1969-12-31T23:59:59.999999Z"],
    ["make_timestamp_ns(1999)", t.timestamp(), "1970-01-01T00:00:00.000001Z"],
    ["make_timestamp_ns(-2000)", t.timestamp(), "1969-12-31T23:59:59.999998Z"],
    ["TIMESTAMP '9999-01-01'", t.timestamp(), null],
    ["NULL::TIMESTAMP", t.timestamp(), null],
  ] as const)("%s", async (sql, type, value) => {
    const [row] = await read(await parquetOf("types.parquet", `SELECT ${sql} AS v`), { v: type });
    expect(row).toEqual([value]);
    expect(Object.is(row?.[0], -0)).toBe(false);
  });

  test.each([
    ["BIGINT '1'", t.float64(), /'v' holds BIGINT, which cannot be read as t\.float64\(\)\. Write t\.int64\(\)/],
    ["BIGINT '1'", t.int32(), /Write t\.int64\(\)/],
    ["DECIMAL(18, 2) '1'", t.float64(), /Convert the column/],
    ["VARCHAR '2001-01-01'", t.timestamp(), /'v' holds VARCHAR.*Write t\.string\(\)/],
    ["UBIGINT '1'", t.int64(), /Convert the column/],
    ["[1]", t.string(), /INTEGER\[\]/],
  ] as const)("%s is refused", async (sql, type, message) => {
    await expect(read(await parquetOf("wrong.parquet", `SELECT ${sql} AS v`), { v: type })).rejects.toThrow(message);
  });
});

describe("files", () => {
  test("no file matches", async () => {
    await expect(read(parquet("nowhere/*.parquet"), { v: t.string() })).rejects.toMatchObject({
      code: "SOURCE_NO_FILE",
      message: expect.stringContaining("'nowhere/*.parquet'"),
    });
  });

  test("an unknown column names its neighbour", async () => {
    await expect(read(await parquetOf("known.parquet", "SELECT 1 AS amount"), { amuont: t.int32() })).rejects.toMatchObject({
      code: "SOURCE_UNKNOWN_COLUMN",
      cure: "Did you mean 'amount'",
    });
  });

  test("a truncated Parquet file is named", async () => {
    await parquetOf("cut.parquet", "SELECT range AS v FROM range(10000)");
    await truncate(join(root, "cut.parquet"), 2000);
    await expect(read(parquet("cut.parquet"), { v: t.int64() })).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: expect.stringContaining("source tried, cut.parquet: the file cannot be read"),
    });
  });

  test("a Parquet file with damaged pages is named", async () => {
    await parquetOf("damaged.parquet", "SELECT hash(range)::VARCHAR AS v FROM range(10000)");
    const bytes = await readFile(join(root, "damaged.parquet"));
    await writeFile(join(root, "damaged.parquet"), bytes.fill(0x41, 1000, 60_000));
    await expect(read(parquet("damaged.parquet"), { v: t.string() })).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: expect.stringContaining("damaged.parquet"),
    });
  });

  test("files of a glob come in order of their paths, and a path with brackets is a path", async () => {
    for (const name of ["b.parquet", "a.parquet", "c.parquet"]) await parquetOf(`glob-${name}`, `SELECT '${name}' AS v`);
    expect(await read(parquet("glob-*.parquet"), { v: t.string() })).toEqual([["a.parquet"], ["b.parquet"], ["c.parquet"]]);
    await parquetOf("glob-[a].parquet", "SELECT 'brackets' AS v");
    expect(await read(parquet("glob-[a].parquet"), { v: t.string() })).toEqual([["brackets"]]);
  });

  test("SQL as a name is a name", async () => {
    const name = `x"; DROP TABLE y; --`;
    await writeFile(join(root, "it's.csv"), `"x""; DROP TABLE y; --"\n1\n`);
    expect(await read(csv("it's.csv"), { [name]: t.int32() })).toEqual([[1]]);
    expect(
      await read(await parquetOf("names.parquet", `SELECT 1 AS "x""; DROP TABLE y; --", 2 AS "constructor"`), { [name]: t.int32(), constructor: t.int32() }),
    ).toEqual([[1, 2]]);
  });
});

describe("CSV", () => {
  const schema = { id: t.int64(), at: t.timestamp(), x: t.float64(), ok: t.boolean(), text: t.string() };
  const header = "text,id,at,x,ok\n";

  test("values are read by the schema, columns by name", async () => {
    const text = `${header}"a, ""b""\nc",9007199254740993,2001-06-01T12:00:00.1234569+02:00,-0,true\n,,,,\nd,-1,1969-12-31T23:59Z,1e300,false\n`;
    expect(await read(await csvOf("plain.csv", text), schema)).toEqual([
      [9007199254740993n, "2001-06-01T10:00:00.123456Z", 0, true, 'a, "b"\nc'],
      [null, null, null, null, null],
      [-1n, "1969-12-31T23:59:00Z", 1e300, false, "d"],
    ]);
  });

  test.each([
    ["a number", `${header}"a\nb",1,,,\nc,1.5,,,\n`, /column 'id' is t\.int64\(\), but holds "1\.5"/, "line 4"],
    ["a double", `${header}a,1,,one,\n`, /column 'x' is t\.float64\(\), but holds "one"/, "line 2"],
    ["a whole number out of range", `${header}a,9223372036854775808,,,\n`, /but holds "9223372036854775808"/, "line 2"],
    ["a time", `${header}a,1,2001-02-30,,\n`, /column 'at' is t\.timestamp\(\), but holds "2001-02-30"/, "line 2"],
    ["another time", `${header}a,1,yesterday,,\n`, /but holds "yesterday"/, "line 2"],
  ])("%s that is none refuses the file, with its line", async (_, text, message, line) => {
    const error: unknown = await read(await csvOf("bad.csv", text), schema).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "SOURCE_WRONG_VALUE", message: expect.stringMatching(message), where: expect.stringContaining(`bad.csv, ${line}`) });
  });

  test("a time that is none, in a column of times, is lost and nothing else", async () => {
    expect(await read(await csvOf("times.csv", `${header}a,1,yesterday,,\nb,2,9999-12-31,,\nc,3,2001-01-01,,\n`), schema, ["at"])).toEqual([
      [1n, null, null, null, "a"],
      [2n, null, null, null, "b"],
      [3n, "2001-01-01T00:00:00Z", null, null, "c"],
    ]);
  });

  test("a row with a field too many is refused with its line", async () => {
    await expect(read(await csvOf("wide.csv", `${header}a,1,,,\nb,2,,,,x\n`), schema)).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: expect.stringContaining("Line: 3"),
    });
  });

  test("an empty file has no header; a header alone has no rows", async () => {
    await expect(read(await csvOf("empty.csv", ""), schema)).rejects.toMatchObject({ code: "SOURCE_NO_HEADER" });
    expect(await read(await csvOf("header.csv", header), schema)).toEqual([]);
  });
});

describe("rows in memory", () => {
  test("values come back as they were", async () => {
    const at = timestamp("2001-06-01T12:00:00.000001Z");
    const list = [
      { at, n: 2n ** 53n + 1n, x: -0, s: "a\0\u{1F600}", b: false },
      { at: null, n: null, x: NaN, s: null, b: null },
      { at: timestamp("2255-06-05T23:47:34.740992Z"), n: -(2n ** 63n), x: -Infinity, s: "", b: true },
    ];
    expect(await read(rows(list), { at: t.timestamp(), n: t.int64(), x: t.float64(), s: t.string(), b: t.boolean() })).toEqual([
      ["2001-06-01T12:00:00.000001Z", 2n ** 53n + 1n, 0, "a\0\u{1F600}", false],
      [null, null, null, null, null],
      ["2255-06-05T23:47:34.740992Z", -(2n ** 63n), null, "", true],
    ]);
  });

  test.each([
    [{ v: 2 ** 53 }, t.int64(), /row 1: column 'v' is t\.int64\(\), but holds the number 9007199254740992\. Give a bigint/],
    [{ v: 2 ** 31 }, t.int32(), /t\.int64\(\)/],
    [{ v: 1.5 }, t.int32(), /holds the number 1\.5/],
    [{ v: 2n ** 63n }, t.int64(), /holds the bigint/],
    [{ v: "2001-01-01" }, t.timestamp(), /holds "2001-01-01"\. Give timestamp/],
    [{ w: 1 }, t.float64(), /no row has a column 'v'/],
  ])("%o is refused", async (row, type, message) => {
    await expect(read(rows([row as Record<string, Value>]), { v: type })).rejects.toThrow(message);
  });
});
