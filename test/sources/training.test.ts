// Events and labels of every kind of batch give one training set, and a change of any file behind a batch is noticed.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Batches } from "./batches.ts";
import { csv, duckdb, events, json, parquet, rows, sql, type BatchSource } from "../../src/define/source.ts";
import { defineConfig } from "../../src/define/config.ts";
import { entity } from "../../src/define/entity.ts";
import { featureService } from "../../src/define/feature-service.ts";
import { featureView } from "../../src/define/feature-view.ts";
import { labels } from "../../src/define/labels.ts";
import { openStore } from "../../src/feature-store.ts";
import { manualClock, timestamp } from "../../src/time.ts";
import { planView } from "../../src/plan/view-plan.ts";
import { describeView } from "../../src/plan/view-description.ts";
import { streaming } from "../../src/define/refresh.ts";
import { t, type Value } from "../../src/schema/value-type.ts";

let batches: Batches;
beforeAll(async () => {
  batches = await Batches.open();
  const event =
    "SELECT 'u' || range % 3 AS user_id, TIMESTAMP '2026-01-01' + range * INTERVAL 1 HOUR AS at, range * 0.1::DOUBLE AS amount, range AS id FROM range(200)";
  const label = "SELECT 'u' || range % 4 AS user_id, TIMESTAMP '2026-01-03' + (range * 7) % 50 * INTERVAL 1 HOUR AS at, range AS place FROM range(40)";
  for (const [name, select] of [
    ["events", event],
    ["labels", label],
  ] as const) {
    await batches.parquet(`${name}.parquet`, select);
    await batches.db.run(`COPY (SELECT * REPLACE (CAST(e.at AS VARCHAR) || 'Z' AS "at") FROM (${select}) AS e) TO '${batches.root}/${name}.csv'`);
    await batches.db.run(
      `COPY (SELECT * REPLACE (CAST(e.at AS VARCHAR) || 'Z' AS "at") FROM (${select}) AS e) TO '${batches.root}/${name}.ndjson' (FORMAT json)`,
    );
    await batches.database(`${name}.duckdb`, `CREATE TABLE made.t AS SELECT * FROM (${select}) ORDER BY hash(user_id, "at")`);
    await batches.db.run(`COPY (${select}) TO '${batches.root}/${name}' (FORMAT parquet, PARTITION_BY (user_id))`);
  }
});
afterAll(() => batches.close());

const user = entity("user", { user_id: t.string() });
const schema = { user_id: t.string(), at: t.timestamp(), amount: t.float64(), id: t.int64() };
const labelSchema = { user_id: t.string(), at: t.timestamp(), place: t.int64() };

function viewOf(batch: BatchSource) {
  const purchases = events("purchases", { schema, eventTime: "at", availableAt: { delay: "0s" }, id: "id", batch });
  return featureView("spending", {
    entity: user,
    source: purchases,
    refresh: streaming(),
    features: ({ count, sum, last }) => ({ n: count().over("1d"), spend: sum((p) => p.amount).lifetime(), newest: last((p) => p.id).lifetime() }),
  });
}

async function trained(batch: BatchSource, from: BatchSource): Promise<readonly unknown[]> {
  const service = featureService("checkout", { features: [viewOf(batch)] });
  const churn = labels("churn", { schema: labelSchema, at: "at", from });
  const store = await openStore(defineConfig({ services: [service], labels: [churn] }), { root: batches.root, clock: manualClock(0) });
  try {
    const found: Value[][] = [];
    for await (const row of await store.training(service, churn, { out: join(batches.root, "set") })) found.push(Object.values(row as Record<string, Value>));
    return found.map((row) => row.map(String));
  } finally {
    await store.close();
  }
}

const kinds: readonly (readonly [string, (name: string) => BatchSource])[] = [
  ["csv", (name) => csv(`${name}.csv`)],
  ["json", (name) => json(`${name}.ndjson`)],
  ["duckdb", (name) => duckdb(`${name}.duckdb`, { table: "t" })],
  ["sql", (name) => sql('SELECT * REPLACE (a.at + INTERVAL 0 HOUR AS "at") FROM a', { a: parquet(`${name}.parquet`) })],
  ["partitioned Parquet", (name) => parquet(name)],
];
/** Rows of a training set in an order that does not depend on that of the labels. */
const byPlace = (set: readonly unknown[]): unknown[] => set.toSorted((a, b) => Number((a as string[])[2]) - Number((b as string[])[2]));

describe("one training set, whatever holds the rows", () => {
  test.each(kinds)("%s", async (_, batch) => {
    const expected = await trained(parquet("events.parquet"), parquet("labels.parquet"));
    expect(expected.length).toBe(40);
    expect(new Set(expected.map(String)).size).toBe(40);
    expect(await trained(batch("events"), parquet("labels.parquet"))).toEqual(expected);
    expect(byPlace(await trained(parquet("events.parquet"), batch("labels")))).toEqual(expected);
  });
});

test("labels of a table, and of a query without ORDER BY, come in order of time and key; others as they are", async () => {
  const events_ = parquet("events.parquet");
  const first = async (from: BatchSource) => (await trained(events_, from)).map((row) => (row as string[]).slice(0, 3).join(" "));
  const sorted = (await first(parquet("labels.parquet"))).toSorted((a, b) => {
    const [x, y] = [a.split(" "), b.split(" ")];
    return `${x[1]} ${x[0]}` < `${y[1]} ${y[0]}` ? -1 : 1;
  });
  const tables = { a: duckdb("labels.duckdb", { table: "t" }) };
  expect(await first(tables.a)).toEqual(sorted);
  expect(await first(sql("SELECT * FROM a", tables))).toEqual(sorted);
  expect(await first(sql("SELECT * FROM a ORDER BY place", tables))).toEqual(await first(csv("labels.csv")));
});

test.each([
  ["json", json("changed/a.ndjson")],
  ["duckdb", duckdb("changed/a.duckdb", { table: "t" })],
  [
    "a query",
    sql("SELECT * FROM a JOIN b USING (id)", {
      a: { from: json("changed/a.ndjson"), schema: { id: t.int64(), user_id: t.string(), at: t.timestamp() } },
      b: parquet("changed/*.parquet"),
    }),
  ],
] as const)("a change of a file behind %s is noticed", async (_, batch) => {
  const write = async (amount: number): Promise<void> => {
    await rm(join(batches.root, "changed"), { recursive: true, force: true });
    await batches.text("changed/a.ndjson", `{"user_id":"u1","at":"2026-01-01","amount":${amount},"id":1}`);
    await batches.parquet("changed/b.parquet", `SELECT 1 AS id, ${amount}::DOUBLE AS amount`);
    await batches.database(
      "changed/a.duckdb",
      `CREATE TABLE made.t AS SELECT 'u1' AS user_id, TIMESTAMP '2026-01-01' AS at, ${amount}::DOUBLE AS amount, 1 AS id`,
    );
  };
  await write(1);
  const service = featureService("checkout", { features: [viewOf(batch)] });
  const asked = labels("asked", { schema: { user_id: t.string(), at: t.timestamp() }, at: "at", from: rows([{ user_id: "u1", at: timestamp("2026-01-02") }]) });
  const store = await openStore(defineConfig({ services: [service], labels: [asked] }), { root: batches.root, clock: manualClock(0) });
  const spent = async (): Promise<number | null> => {
    for await (const { spend } of await store.training(service, asked, { out: join(batches.root, "set") })) return spend;
    return null;
  };
  try {
    expect(await spent()).toBe(1);
    await write(2);
    expect(await spent()).toBe(2);
  } finally {
    await store.close();
  }
});

test("a version covers what is read, and a description tells it", () => {
  const plans = [
    json("a.ndjson"),
    parquet("a.ndjson"),
    duckdb("a.duckdb", { table: "a" }),
    duckdb("a.duckdb", { table: "b" }),
    sql("SELECT 1", { a: csv("a.csv"), b: rows([{ x: timestamp("2026-01-01") }]) }),
    sql("SELECT 2", { a: csv("a.csv"), b: rows([{ x: timestamp("2026-01-01") }]) }),
    sql("SELECT 2", { a: csv("a.csv"), b: rows([{ x: timestamp("2026-01-02") }]) }),
    sql("SELECT 2", { a: { from: csv("a.csv"), schema }, b: rows([{ x: timestamp("2026-01-02") }]) }),
  ].map((batch) => planView(viewOf(batch).definition));
  expect(new Set(plans.map(({ version }) => version)).size).toBe(plans.length);
  expect(plans.map((plan) => describeView(plan)["source"]?.split(", event")[0])).toEqual([
    "purchases from a.ndjson",
    "purchases from a.ndjson",
    "purchases from a.duckdb, a",
    "purchases from a.duckdb, b",
    "purchases from a query (SELECT 1) over a from a.csv and b from 1 rows in memory",
    "purchases from a query (SELECT 2) over a from a.csv and b from 1 rows in memory",
    "purchases from a query (SELECT 2) over a from a.csv and b from 1 rows in memory",
    "purchases from a query (SELECT 2) over a from a.csv and b from 1 rows in memory",
  ]);
});
