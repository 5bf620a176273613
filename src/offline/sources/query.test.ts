// Queries: what they may read, what they may not do, and what becomes of their rows.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Batches } from "../../../test/sources/batches.ts";
import { checkQuery } from "./query-guard.ts";
import { csv, duckdb, json, parquet, rows, sql } from "../../define/source.ts";
import { t } from "../../schema/value-type.ts";
import { timestamp } from "../../time.ts";

let batches: Batches;
beforeAll(async () => {
  batches = await Batches.open();
  await batches.parquet("p.parquet", "SELECT range AS id, range / 4 AS amount, 's' || range % 2 AS shop FROM range(4)");
  await batches.parquet("parts/year=2026/a.parquet", "SELECT 1 AS id");
  await batches.text("shops.csv", "shop,city,size\ns0,Bonn,10\ns1,Ulm,20\n");
  await batches.text("e.ndjson", '{"id":1,"user":{"name":"Ann","tags":["a","b"]}}\n{"id":2,"at":"2001-01-01"}\n');
  await batches.database("w.duckdb", "CREATE TABLE made.t AS SELECT 1 AS id, 'one' AS word");
  await batches.text("secret.csv", "word\nhidden\n");
});
afterAll(() => batches.close());
afterEach(async () => {
  const left = (await batches.left()).filter((name) => !/^(raw|duckdb)_/.test(name));
  if (left.length > 0) throw new Error(`reading left ${left.join(", ")} behind`);
});

const id = { id: t.int64() };
const p = { p: parquet("p.parquet") };

describe("tables", () => {
  test("batches of any kind are joined under their names", async () => {
    const query = sql(
      `SELECT p.id, p.amount * s.size::INTEGER AS cost, city, e."user"->>'$.name' AS name, (e.at->>'$')::TIMESTAMP AS at, w.word, r.x
       FROM p JOIN shops s USING (shop) LEFT JOIN e ON (e.id->>'$')::BIGINT = p.id LEFT JOIN w ON w.id = p.id LEFT JOIN r ON r.id = p.id ORDER BY p.id`,
      { ...p, shops: csv("shops.csv"), e: json("e.ndjson"), w: duckdb("w.duckdb", { table: "t" }), r: rows([{ id: 3n, x: timestamp("2001-01-01") }]) },
    );
    const schema = { ...id, cost: t.float64(), city: t.string(), name: t.string(), at: t.timestamp(), word: t.string(), x: t.timestamp() };
    expect(await batches.read(query, schema)).toEqual([
      [0n, 0, "Bonn", null, null, null, null],
      [1n, 5, "Ulm", "Ann", null, "one", null],
      [2n, 5, "Bonn", null, "2001-01-01T00:00:00Z", null, null],
      [3n, 15, "Ulm", null, null, null, "2001-01-01T00:00:00Z"],
    ]);
  });

  test("declared types are checked and used", async () => {
    const typed = { shops: { from: csv("shops.csv"), schema: { size: t.int32(), shop: t.string() } } };
    expect(await batches.read(sql("SELECT max(size) AS size FROM shops", typed), { size: t.int32() })).toEqual([[20]]);
    const wrong = { shops: { from: csv("shops.csv"), schema: { city: t.int32() } } };
    await expect(batches.read(sql("SELECT * FROM shops", wrong), { city: t.int32() })).rejects.toMatchObject({
      code: "SOURCE_WRONG_VALUE",
      where: "source tried, table shops, shops.csv, line 2",
    });
  });

  test("a query may be a table, and folders have columns of text", async () => {
    const inner = sql("SELECT id + year::INTEGER AS id FROM parts", { parts: parquet("parts") });
    expect(await batches.read(sql("SELECT id FROM P", { p: inner }), { id: t.int32() })).toEqual([[2027]]);
  });

  test("a WITH may take the name of a table that it reads", async () => {
    expect(await batches.read(sql("WITH p AS (SELECT id + 10 AS id FROM p WHERE id > 2) SELECT * FROM p;", p), id)).toEqual([[13n]]);
    const recursive =
      "WITH RECURSIVE n AS (SELECT 1::BIGINT AS id UNION ALL SELECT id + 1 FROM n WHERE id < 3), m AS MATERIALIZED (FROM n) SELECT * FROM m -- all";
    expect(await batches.read(sql(recursive, p), id)).toEqual([[1n], [2n], [3n]]);
  });

  test("the result keeps its ORDER BY", async () => {
    const query = sql("SELECT range AS id FROM p, range(200000) WHERE p.id = 0 ORDER BY hash(range)", p);
    const ids = (await batches.read(query, id)).map(([one]) => one as bigint);
    expect(ids.length).toBe(200_000);
    const [sorted] = await batches.db.query("SELECT list(range ORDER BY hash(range))[:5]::VARCHAR AS first FROM range(200000)");
    expect(`[${ids.slice(0, 5).join(", ")}]`).toBe(sorted?.["first"]);
  });

  test("its files are those of its tables", async () => {
    const query = sql("SELECT 1 AS id", {
      ...p,
      w: { from: duckdb("w.duckdb", { table: "t" }), schema: id },
      r: rows([{ id: 1n }]),
      q: sql("FROM e", { e: json("e.ndjson") }),
    });
    expect((await batches.files(query)).map(({ path }) => path.replace(/^sha256:.*/, "sha256"))).toEqual(["p.parquet", "w.duckdb", "sha256", "e.ndjson"]);
  });

  test("files with other columns are refused until a schema says which are wanted", async () => {
    await batches.parquet("mixed/a.parquet", "SELECT 1 AS id, 2 AS x");
    await batches.parquet("mixed/b.parquet", "SELECT 1 AS id");
    await expect(batches.read(sql("SELECT id FROM m", { m: parquet("mixed") }), { id: t.int32() })).rejects.toMatchObject({
      code: "SOURCE_UNKNOWN_COLUMN",
      where: "source tried, table m, mixed/b.parquet",
    });
    expect(await batches.read(sql("SELECT id FROM m", { m: { from: parquet("mixed"), schema: { id: t.int32() } } }), { id: t.int32() })).toEqual([[1], [1]]);
  });
});

describe("a query only reads its tables", () => {
  test.each([
    "CREATE TABLE x AS SELECT 1",
    "COPY (SELECT 1) TO 'out.csv'",
    "ATTACH 'w.duckdb' AS w",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "PRAGMA threads = 1",
    "CALL pragma_version()",
    "EXPLAIN ANALYZE SELECT 1",
    "EXPORT DATABASE 'out'",
    "INSERT INTO p VALUES (1)",
    "DELETE FROM p",
    "DROP VIEW p",
    "VACUUM",
    "BEGIN",
    "PREPARE x AS SELECT 1",
    "SELECT 1 AS id; SELECT 2 AS id",
    "SELECT 1 AS id; COPY (SELECT 1) TO 'out.csv'",
    " ",
    "DESCRIBE p",
    "SHOW TABLES",
    "SUMMARIZE p",
    "SELECT * FROM (DESCRIBE p)",
    "SELECT $1 AS id",
    "SELECT ? AS id",
    ...[
      "read_csv('secret.csv')",
      "read_text('secret.csv')",
      "read_blob('*')",
      "parquet_scan('p.parquet')",
      "glob('*')",
      "duckdb_settings()",
      "query('SELECT 1')",
      "query_table('p')",
    ].map((from) => `SELECT * FROM ${from}`),
    "SELECT (SELECT word FROM read_csv('secret.csv')) AS id FROM p",
    "SELECT * FROM p, LATERAL (SELECT * FROM read_text(p.shop))",
    "WITH x AS (SELECT * FROM sniff_csv('secret.csv')) SELECT * FROM p",
    "SELECT id FROM p ORDER BY (SELECT count(*) FROM glob('*'))",
    "SELECT id FROM p LIMIT (SELECT count(*) FROM glob('*'))",
    "SELECT list_transform([1], x -> (SELECT count(*) FROM glob('*'))) AS id FROM p",
    ...["now()", "NOW()", "current_timestamp", "current_date", "today()", "age(TIMESTAMP '2001-01-01')", "ago(INTERVAL 1 DAY)", "current_localtimestamp()"].map(
      (clock) => `SELECT ${clock} AS id FROM p`,
    ),
    ...["random()", "uuid()", "nextval('x')", "setseed(0.5)", "list_transform([1], x -> random())", "sum(random()) OVER ()"].map(
      (chance) => `SELECT ${chance} AS id FROM p`,
    ),
    ...[
      "current_setting('temp_directory')",
      "getvariable('x')",
      "user",
      "current_user",
      "version()",
      "get_block_size('memory')",
      "pg_get_viewdef(1)",
      "json_serialize_plan('SELECT 1')",
      "txid_current()",
    ].map((state) => `SELECT ${state} AS id FROM p`),
    "SELECT id FROM p WHERE id = txid_current()",
    "SELECT id FROM p TABLESAMPLE 10%",
    "SELECT id FROM p USING SAMPLE 5 ROWS",
    "SELECT id FROM p AT (VERSION => 1)",
  ])("%s", async (query) => {
    await writeFile(join(batches.root, "before"), "");
    const before = await readdir(batches.root);
    await expect(batches.read(sql(query, p), id)).rejects.toMatchObject({ code: "SOURCE_QUERY_REFUSED", where: "source tried", cure: expect.any(String) });
    expect(await readdir(batches.root)).toEqual(before);
  });

  test.each([
    "SELECT * FROM 'secret.csv'",
    'SELECT * FROM "secret.csv"',
    "SELECT * FROM duckdb_settings",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM temp.main.p",
    "SELECT * FROM other",
    "TABLE other",
    "SELECT * FROM p WHERE id IN (SELECT 1 FROM other)",
    "SELECT * FROM p UNION ALL SELECT * FROM other",
    // The name of a WITH is none where it is not in scope: DuckDB would look for a table, a view or a file.
    'SELECT * FROM (WITH "secret.csv" AS (SELECT 1) SELECT 1 AS id), "secret.csv"',
    'WITH "secret.csv" AS (SELECT * FROM "secret.csv") SELECT * FROM "secret.csv"',
    "WITH a AS (SELECT * FROM duckdb_settings), duckdb_settings AS (SELECT 1) SELECT * FROM a",
    "PIVOT_WIDER other ON x USING sum(y)",
  ])("%s", async (query) => {
    await expect(batches.read(sql(query, p), id)).rejects.toMatchObject({ code: expect.stringMatching(/^SOURCE_(UNKNOWN_TABLE|QUERY_REFUSED)$/) });
  });

  test("what is read by a name that is none of its tables is told with the nearest", async () => {
    await expect(batches.read(sql("SELECT * FROM purchase", { purchases: parquet("p.parquet") }), id)).rejects.toMatchObject({
      code: "SOURCE_UNKNOWN_TABLE",
      message:
        "source tried: the query reads 'purchase', which is none of its tables. Did you mean 'purchases'. Give each as sql(query, { name: parquet(...) }).",
    });
  });

  test.each([
    "SELECT count(*) AS id FROM p",
    "SELECT id FROM p WHERE p.id IN (VALUES (1), (2)) AND EXISTS (SELECT 1 FROM p AS q WHERE q.id = p.id)",
    "SELECT CASE WHEN id > 1 THEN 1 ELSE 2 END::BIGINT AS id, coalesce(amount, 0)::DECIMAL(10, 2), {'a': 1}.a, [1, 2][1], MAP {'k': 1}['k'], id BETWEEN 1 AND 2, shop LIKE 's%', try(1 / 0) FROM p",
    "SELECT id FROM p QUALIFY row_number() OVER (PARTITION BY shop ORDER BY id DESC) = 1",
    "SELECT DISTINCT ON (shop) id FROM p ORDER BY shop, id LIMIT 1 OFFSET 1",
    "SELECT unnest([id, id + 1]) AS id FROM p",
    "SELECT a.id FROM p a ASOF JOIN p b ON a.id >= b.id",
    "SELECT id FROM p, unnest([1, 2]) u(x), range(2), generate_series(1, 2)",
    "FROM p SELECT id WHERE id > 0",
    "SELECT id FROM p GROUP BY GROUPING SETS ((id), (shop, id))",
    "SELECT id, grouping(shop) FROM p GROUP BY ROLLUP (id, shop)",
    "SELECT id, nullif(amount, 0), split_part(shop, 's', 1), list_sum([1, 2]), age(TIMESTAMP '2001-01-02', TIMESTAMP '2001-01-01'), INTERVAL 1 DAY FROM p",
    "SELECT id FROM (PIVOT p ON shop IN ('s0', 's1') USING sum(amount) GROUP BY id)",
    "SELECT COLUMNS('id') FROM p",
    "SELECT * EXCLUDE (amount) REPLACE (id + 1 AS id) FROM p",
    "SELECT id FROM p WHERE regexp_matches(shop, '^s') AND date_trunc('day', TIMESTAMP '2001-01-01 12:00:00') < strptime('2002', '%Y')",
  ])("allowed: %s", async (query) => {
    expect((await batches.read(sql(query, p), id)).length).toBeGreaterThan(0);
  });

  test("what depends on the order of rows is known", async () => {
    const checked = (query: string) => checkQuery(batches.db, query, ["p"], "source tried");
    for (const query of [
      "SELECT sum(amount) FROM p",
      "SELECT avg(amount) OVER () FROM p",
      "SELECT id FROM p LIMIT 1",
      "SELECT wavg(amount, id) FROM p",
      "SELECT DISTINCT ON (shop) id FROM p",
    ])
      expect(await checked(query)).toEqual({ ordered: false, inSequence: true });
    expect(await checked("SELECT shop, count(*), max(amount) FROM p GROUP BY shop")).toEqual({ ordered: false, inSequence: false });
    expect(await checked("SELECT id FROM p UNION ALL SELECT id FROM p ORDER BY id")).toEqual({ ordered: true, inSequence: true });
    expect(await checked("SELECT * FROM (SELECT id FROM p ORDER BY id)")).toMatchObject({ ordered: false });
  });

  test("a sum of doubles is the same each time, and the number of threads comes back, after an error too", async () => {
    const { db } = batches;
    const select = "SELECT (hash(range) % 1000003) / 7.0::DOUBLE * pow(10, (range % 30)::INTEGER - 15) AS x FROM range(300000)";
    await db.run(`COPY (${select}) TO '${join(batches.root, "sums.parquet")}' (FORMAT parquet, ROW_GROUP_SIZE 10000)`);
    await db.run("SET threads = 1");
    const [alone] = await db.query(`SELECT sum(x) AS x FROM read_parquet('${join(batches.root, "sums.parquet")}')`);
    await db.run("SET threads = 4");
    const sums = sql("SELECT sum(x) AS x FROM s", { s: parquet("sums.parquet") });
    for (let time = 0; time < 6; time++) expect(await batches.read(sums, { x: t.float64() })).toEqual([[alone?.["x"]]]);
    const failing = sql("SELECT sum(CAST(shop AS DOUBLE)) AS x FROM p", p);
    await expect(batches.read(failing, { x: t.float64() })).rejects.toMatchObject({ code: "SOURCE_BAD_QUERY" });
    expect(await db.query("SELECT current_setting('threads')::INTEGER AS threads")).toEqual([{ threads: 4 }]);
  });
});

describe("mistakes", () => {
  test.each([
    [
      "a query that does not parse",
      "SELECT id\nFORM p",
      { code: "SOURCE_BAD_QUERY", what: expect.stringMatching(/cannot be read: syntax error at or near "p", in line 2|in line 2/) },
    ],
    ["a column that no table has", "SELECT idd FROM p", { code: "SOURCE_BAD_QUERY", what: expect.stringMatching(/"idd" not found.*Candidate bindings: "id"/) }],
    [
      "a function that is none",
      "SELECT summ(id) AS id FROM p",
      { code: "SOURCE_BAD_QUERY", what: "the query calls 'summ', which is no function", cure: "Did you mean 'sum'" },
    ],
    [
      "a cast that fails",
      "SELECT CAST(shop AS INTEGER) AS id FROM p",
      { code: "SOURCE_BAD_QUERY", what: expect.stringContaining("Could not convert string 's0' to INT32") },
    ],
    [
      "a result without the column",
      "SELECT id AS idd FROM p",
      { code: "SOURCE_UNKNOWN_COLUMN", where: "source tried, the query's result", cure: "Did you mean 'idd'" },
    ],
    [
      "a result of another type",
      "SELECT sum(id) AS id FROM p",
      { code: "SOURCE_WRONG_TYPE", what: "column 'id' holds HUGEINT, which cannot be read as t.int64()", cure: "Convert it in the query: CAST(... AS ...)" },
    ],
    ["JSON that is not taken apart", "SELECT id FROM e", { code: "SOURCE_WRONG_TYPE", what: "column 'id' holds JSON, which cannot be read as t.int64()" }],
    ["a NUL", "SELECT 1 AS id\0; COPY p TO 'x'", { code: "SOURCE_BAD_QUERY" }],
  ])("%s", async (_, query, error) => {
    await expect(batches.read(sql(query, { ...p, e: json("e.ndjson") }), id)).rejects.toMatchObject(error);
  });

  test("a table's file that is not there, or damaged, is told as the table's", async () => {
    await expect(batches.read(sql("SELECT * FROM p", { p: parquet("nowhere.parquet") }), id)).rejects.toMatchObject({
      code: "SOURCE_NO_FILE",
      where: "source tried, table p",
    });
    await batches.parquet("cut.parquet", "SELECT hash(range)::VARCHAR AS id FROM range(10000)");
    const bytes = await readFile(join(batches.root, "cut.parquet"));
    await writeFile(join(batches.root, "cut.parquet"), bytes.fill(0x41, 1000, 60_000));
    await expect(batches.read(sql("SELECT * FROM p", { p: parquet("cut.parquet") }), id)).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      where: "source tried, table p, cut.parquet",
    });
  });

  test("rows that say nothing of a type", async () => {
    await expect(batches.read(sql("SELECT * FROM r", { r: rows([{ id: null }]) }), id)).rejects.toMatchObject({
      code: "SOURCE_NO_TYPE",
      where: "source tried, table r",
    });
  });
});
