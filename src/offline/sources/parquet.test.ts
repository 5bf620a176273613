// Parquet over several files: which files a path names, columns by name in each of them, and columns in the names of folders.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Batches } from "../../../test/sources/batches.ts";
import { openBatch } from "./open-batch.ts";
import { parquet } from "../../define/source.ts";
import { t } from "../../schema/value-type.ts";
import { timestamp } from "../../time.ts";

let batches: Batches;
beforeAll(async () => {
  batches = await Batches.open();
});
afterAll(() => batches.close());

const v = { v: t.int32() };

describe("files of a path", () => {
  beforeAll(async () => {
    for (const [i, name] of ["a.parquet", "x/b.parquet", "x/y/c.parquet", "x/_temporary/0/d.parquet", "x/.e.parquet"].entries())
      await batches.parquet(`tree/${name}`, `SELECT ${i} AS v`);
    await batches.text("tree/x/_SUCCESS", "");
    await batches.text("tree/x/notes.txt", "");
  });

  test("** stands for any folders, and none", async () => {
    expect(await batches.read(parquet("tree/**/[a-c].parquet"), v)).toEqual([[0], [1], [2]]);
  });

  test("a folder stands for the Parquet files below it, but for those that jobs leave behind", async () => {
    expect(await batches.read(parquet("tree"), v)).toEqual([[0], [1], [2]]);
    expect((await batches.files(parquet("tree/"))).map(({ path }) => path)).toEqual(["tree/a.parquet", "tree/x/b.parquet", "tree/x/y/c.parquet"]);
  });

  test("a folder with brackets in its name is a folder", async () => {
    await batches.parquet("tree-[ab]*/a.parquet", "SELECT 7 AS v");
    expect(await batches.read(parquet("tree-[ab]*"), v)).toEqual([[7]]);
  });

  test("a folder without Parquet files", async () => {
    await batches.text("bare/a.csv", "v\n1\n");
    await expect(batches.read(parquet("bare"), v)).rejects.toMatchObject({
      code: "SOURCE_NO_FILE",
      message: "source tried: no file below 'bare' ends in .parquet. Name its files: 'bare/*'.",
    });
  });
});

describe("files of several kinds", () => {
  test("columns are found by name, whatever their order and whatever else is there", async () => {
    await batches.parquet("order/a.parquet", "SELECT 1 AS v, 'a' AS s");
    await batches.parquet("order/b.parquet", "SELECT true AS extra, 'b' AS s, 2::TINYINT AS v");
    expect(await batches.read(parquet("order"), { ...v, s: t.string() })).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
  });

  test("a column that a file lacks is not null: the file is named", async () => {
    await batches.parquet("lacking/a.parquet", "SELECT 1 AS v, 2 AS w");
    await batches.parquet("lacking/b.parquet", "SELECT 1 AS v, {'w': 3} AS s");
    await expect(batches.read(parquet("lacking"), { w: t.int32() })).rejects.toMatchObject({
      code: "SOURCE_UNKNOWN_COLUMN",
      where: "source tried, lacking/b.parquet",
      what: "there is no column 'w'",
      cure: "Other files of the source have it: add it to this one, or keep the files that lack it apart",
    });
    expect(await batches.read(parquet("lacking"), v)).toEqual([[1], [1]]);
  });

  test("a column that no file has names its neighbour", async () => {
    await expect(batches.read(parquet("lacking"), { vv: t.int32() })).rejects.toMatchObject({ code: "SOURCE_UNKNOWN_COLUMN", cure: "Did you mean 'v'" });
  });

  test("a column of a wrong type in one file names the file", async () => {
    await batches.parquet("wrong/a.parquet", "SELECT 1::DOUBLE AS v");
    await batches.parquet("wrong/b.parquet", "SELECT 1::BIGINT AS v");
    await expect(batches.read(parquet("wrong"), { v: t.float64() })).rejects.toMatchObject({
      code: "SOURCE_WRONG_TYPE",
      where: "source tried, wrong/b.parquet",
      what: "column 'v' holds BIGINT, which cannot be read as t.float64()",
    });
  });

  test("types that would be rounded to one another are refused, and others are widened", async () => {
    await batches.parquet("rounded/a.parquet", "SELECT 0.1::FLOAT AS v");
    await batches.parquet("rounded/b.parquet", "SELECT 16777217 AS v");
    await expect(batches.read(parquet("rounded"), { v: t.float64() })).rejects.toMatchObject({
      code: "SOURCE_WRONG_TYPE",
      where: "source tried, rounded/b.parquet",
    });
    await batches.parquet("widened/a.parquet", "SELECT 0.1::FLOAT AS v, DATE '2001-01-01' AS at, 1 AS n");
    await batches.parquet("widened/b.parquet", "SELECT 0.1::DOUBLE AS v, TIMESTAMPTZ '2001-01-01 00:00:01+01' AS at, 9007199254740993 AS n");
    expect(await batches.read(parquet("widened"), { v: t.float64(), at: t.timestamp(), n: t.int64() })).toEqual([
      [Math.fround(0.1), "2001-01-01T00:00:00Z", 1n],
      [0.1, "2000-12-31T23:00:01Z", 9007199254740993n],
    ]);
  });
});

describe("hive partitions", () => {
  test("a column of folders has the type of the schema", async () => {
    await batches.parquet("hive/day=2026-01-31/shop=007/hot=true/x=1.5/a.parquet", "SELECT 1 AS v");
    await batches.parquet("hive/day=2026-02-01/shop=a%2Fb%20c/hot=false/x=-0/b.parquet", "SELECT 2 AS v");
    await batches.parquet("hive/day=__HIVE_DEFAULT_PARTITION__/shop=__HIVE_DEFAULT_PARTITION__/hot=false/x=inf/c.parquet", "SELECT 3 AS v");
    const schema = { ...v, day: t.timestamp(), shop: t.string(), hot: t.boolean(), x: t.float64() };
    expect(await batches.read(parquet("hive"), schema)).toEqual([
      [1, "2026-01-31T00:00:00Z", "007", true, 1.5],
      [2, "2026-02-01T00:00:00Z", "a/b c", false, 0],
      [3, null, null, false, null],
    ]);
    expect(await batches.read(parquet("hive/day=2026-01-31/**/*.parquet"), { shop: t.int64() })).toEqual([[7n]]);
    expect(await batches.read(parquet("hive"), v)).toEqual([[1], [2], [3]]);
    await batches.parquet("escaped/at=2026-01-31 12%3A30%3A00/a.parquet", "SELECT 1 AS v");
    expect(await batches.read(parquet("escaped"), { at: t.timestamp() })).toEqual([["2026-01-31T12:30:00Z"]]);
  });

  test("folders outside the wanted times are not opened", async () => {
    for (let month = 1; month <= 12; month++) await batches.parquet(`months/month=2026-${String(month).padStart(2, "0")}-01/a.parquet`, `SELECT ${month} AS v`);
    const request = { batch: parquet("months"), schema: { ...v, month: t.timestamp() }, times: new Set<string>(), where: "source tried" };
    const { relation, columns, drop } = await openBatch(batches.db, batches.root, request);
    const condition = columns[1]?.atOrAfter(Number(timestamp("2026-11-01").micros)) as string;
    const [row] = await batches.db.query(`EXPLAIN SELECT c0 FROM ${relation} WHERE ${condition}`);
    expect(Object.values(row ?? {}).join("\n")).toContain("Scanning Files: 2/12");
    expect(await batches.db.query(`SELECT c0 FROM ${relation} WHERE ${condition} ORDER BY c0`)).toEqual([{ c0: 11 }, { c0: 12 }]);
    await drop();
  });

  test("a folder's name that is no value of the type is named", async () => {
    await batches.parquet("bad/year=2026/a.parquet", "SELECT 1 AS v");
    await batches.parquet("bad/year=later/b.parquet", "SELECT 1 AS v");
    await expect(batches.read(parquet("bad"), { year: t.int32() })).rejects.toMatchObject({
      code: "SOURCE_WRONG_VALUE",
      where: "source tried, bad/year=later/b.parquet",
      what: `column 'year' is t.int32(), but a folder is named "year=later"`,
    });
  });

  test("a file outside such folders is named", async () => {
    await batches.parquet("outside/year=2026/a.parquet", "SELECT 1 AS v");
    await batches.parquet("outside/b.parquet", "SELECT 1 AS v");
    await expect(batches.read(parquet("outside"), { year: t.int32() })).rejects.toMatchObject({
      code: "SOURCE_UNKNOWN_COLUMN",
      where: "source tried, outside/b.parquet",
    });
  });

  test("a column of the files is read from the files; one that is in both is refused where DuckDB would hide it", async () => {
    await batches.parquet("both/v=7/w=8/a.parquet", "SELECT 1 AS v");
    expect(await batches.read(parquet("both"), v)).toEqual([[1]]);
    expect(await batches.read(parquet("both"), { w: t.int32() })).toEqual([[8]]);
    await expect(batches.read(parquet("both"), { ...v, w: t.int32() })).rejects.toMatchObject({
      code: "SOURCE_COLUMN_TWICE",
      what: expect.stringContaining("'v'"),
    });
  });

  test("a misspelt one names its neighbour", async () => {
    await expect(batches.read(parquet("hive"), { shopp: t.string() })).rejects.toMatchObject({ code: "SOURCE_UNKNOWN_COLUMN", cure: "Did you mean 'shop'" });
  });
});
