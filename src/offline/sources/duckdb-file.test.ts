// Tables of DuckDB files: found by name, read only, and let go.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Batches } from "../../../test/sources/batches.ts";
import { duckdb } from "../../define/source.ts";
import { t } from "../../schema/value-type.ts";

let batches: Batches;
beforeAll(async () => {
  batches = await Batches.open();
  await batches.database(
    "warehouse.duckdb",
    "CREATE SCHEMA made.shop",
    `CREATE TABLE made.shop.purchases AS SELECT range AS id, 'x'::ENUM('x', 'y') AS kind, TIMESTAMP '2001-01-01' AS at, uuid() AS "other one" FROM range(3)`,
    "CREATE TABLE made.plain AS SELECT 1 AS id",
    "CREATE TABLE made.shop.twice AS SELECT 1 AS id",
    "CREATE SCHEMA made.copy",
    "CREATE TABLE made.copy.twice AS SELECT 1 AS id",
    "CREATE VIEW made.recent AS SELECT id + 10 AS id FROM shop.purchases",
  );
});
afterAll(() => batches.close());

const id = { id: t.int64() };

test("a table, a view, with a schema and without", async () => {
  const schema = { at: t.timestamp(), ...id, kind: t.string() };
  const rows = [0n, 1n, 2n].map((n) => ["2001-01-01T00:00:00Z", n, "x"]);
  expect(await batches.read(duckdb("warehouse.duckdb", { table: "shop.purchases" }), schema)).toEqual(rows);
  expect(await batches.read(duckdb("warehouse.duckdb", { table: "purchases" }), schema)).toEqual(rows);
  expect(await batches.read(duckdb("warehouse.duckdb", { table: "main.plain" }), id)).toEqual([[1n]]);
  expect(await batches.read(duckdb("warehouse.duckdb", { table: "recent" }), id)).toEqual([[10n], [11n], [12n]]);
  expect(await batches.left()).toEqual([]);
});

test.each([
  ["no file", "nowhere.duckdb", "plain", id, { code: "SOURCE_NO_FILE", what: "there is no file 'nowhere.duckdb'" }],
  ["a glob", "*.duckdb", "plain", id, { code: "SOURCE_NO_FILE" }],
  [
    "no database",
    "text.duckdb",
    "plain",
    id,
    { code: "SOURCE_UNREADABLE", where: "source tried, text.duckdb", what: expect.stringContaining("not a valid DuckDB") },
  ],
  [
    "no such table",
    "warehouse.duckdb",
    "shop.purchase",
    id,
    { code: "SOURCE_UNKNOWN_TABLE", where: "source tried, warehouse.duckdb", cure: "Did you mean 'shop.purchases'" },
  ],
  ["tables of one name", "warehouse.duckdb", "twice", id, { code: "SOURCE_UNKNOWN_TABLE", cure: "Name one of them: copy.twice, shop.twice" }],
  [
    "no such column",
    "warehouse.duckdb",
    "plain",
    { idd: t.int64() },
    { code: "SOURCE_UNKNOWN_COLUMN", where: "source tried, warehouse.duckdb, plain", cure: "Did you mean 'id'" },
  ],
  [
    "a column of another type",
    "warehouse.duckdb",
    "shop.purchases",
    { "other one": t.string() },
    { code: "SOURCE_WRONG_TYPE", what: expect.stringContaining("holds UUID"), cure: expect.stringContaining("in a query") },
  ],
] as const)("%s", async (_, path, table, schema, error) => {
  await batches.text("text.duckdb", "no database".repeat(1000));
  await expect(batches.read(duckdb(path, { table }), schema)).rejects.toMatchObject(error);
  expect(await batches.left()).toEqual([]);
});

/** Opens a database file for writing in a process of its own, and writes to it. */
const WRITER = `
  import { DuckDBInstance } from "@duckdb/node-api";
  const instance = await DuckDBInstance.create(process.argv[1]);
  const connection = await instance.connect();
  await connection.run("INSERT INTO plain VALUES (2)");
  console.log("written");
  setInterval(() => {}, 1000);
`;

test("a file that another process writes is told of; what it logged is read once it has died, and is part of what the file is", async () => {
  await batches.database("busy.duckdb", "CREATE TABLE made.plain AS SELECT 1 AS id");
  const source = duckdb("busy.duckdb", { table: "plain" });
  const before = await batches.files(source);
  const writer = spawn(process.execPath, ["--input-type=module", "-e", WRITER, join(batches.root, "busy.duckdb")], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(writer.stdout, "data");
    await expect(batches.read(source, id)).rejects.toMatchObject({
      code: "SOURCE_IN_USE",
      where: "source tried, busy.duckdb",
      what: expect.stringContaining(`(PID ${writer.pid})`),
    });
  } finally {
    writer.kill("SIGKILL");
    await once(writer, "exit");
  }
  expect(await batches.read(source, id)).toEqual([[1n], [2n]]);
  expect(before.map(({ path }) => path)).toEqual(["busy.duckdb"]);
  expect((await batches.files(source)).map(({ path }) => path)).toEqual(["busy.duckdb", "busy.duckdb.wal"]);
});

test("an abort lets the file go", async () => {
  await batches.database("slow.duckdb", "CREATE VIEW made.slow AS SELECT sum(sqrt(range)) AS total FROM range(100_000_000_000)");
  const abort = new AbortController();
  const reading = batches.db.exclusively(abort.signal, () => batches.read(duckdb("slow.duckdb", { table: "slow" }), { total: t.float64() }));
  setTimeout(() => abort.abort(new Error("enough")), 300);
  await expect(reading).rejects.toThrow("enough");
  expect(await batches.left()).toEqual([]);
});

test("reading leaves the file as it was, and others may write it afterwards", async () => {
  const file = join(batches.root, "kept.duckdb");
  await batches.database("kept.duckdb", "CREATE TABLE made.plain AS SELECT 1 AS id");
  await utimes(file, 1000, 1000);
  await batches.read(duckdb("kept.duckdb", { table: "plain" }), id);
  expect((await stat(file)).mtimeMs).toBe(1_000_000);
  await batches.db.run(`ATTACH '${file}' AS made`);
  await batches.db.run("INSERT INTO made.plain VALUES (2)");
  await batches.db.run("DETACH made");
  expect(await batches.read(duckdb("kept.duckdb", { table: "plain" }), id)).toEqual([[1n], [2n]]);
});
