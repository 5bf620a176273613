// A definition changes while it is served: the new version beside the old, in the same store, from apply to training.
import { afterEach, beforeEach, expect, test } from "vitest";
import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineConfig,
  entity,
  events,
  every,
  featureService,
  featureView,
  ingest,
  labels,
  manualClock,
  openStore,
  parseTime,
  rows,
  streaming,
  t,
  timestamp,
} from "asof";
import type { Store } from "asof";

const HOUR = 3_600_000_000;
const NOON = parseTime("2026-06-01T12:00:00Z");
const EVENTS = 5000;

const user = entity("user", { user_id: t.string() });
const clicks = events("clicks", {
  schema: { user_id: t.string(), at: t.timestamp() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  late: "1d",
  stream: ingest(),
});
const purchases = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: rows(Array.from({ length: 8 }, (_, i) => ({ user_id: "u", at: timestamp(`2026-06-01T0${i + 1}:30:00Z`) }))),
});
const asked = labels("asked", {
  schema: { user_id: t.string(), at: t.timestamp() },
  at: "at",
  from: rows(["06:10", "09:10", "11:10", "11:40"].map((time) => ({ user_id: "u", at: timestamp(`2026-06-01T${time}:00Z`) }))),
});
const of = (window: "1d" | "2d", tick: "1h" | "2h" = "1h") => {
  const live = featureView("live", { entity: user, source: clicks, refresh: streaming(), features: ({ count }) => ({ clicks: count().over(window) }) });
  const spent = featureView("spent", { entity: user, source: purchases, refresh: every(tick), features: ({ count }) => ({ n: count().over(window) }) });
  const [clicking, spending] = [featureService("clicking", { features: [live] }), featureService("spending", { features: [spent] })];
  return { clicking, spending, config: defineConfig({ services: [clicking, spending], labels: [asked] }) };
};

let root: string;
const clock = manualClock(NOON);
const opened: Store[] = [];
const open = async ({ config }: ReturnType<typeof of>): Promise<Store> => {
  const store = await openStore(config, { root, clock });
  opened.push(store);
  return store;
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-versions-"));
  clock.set(NOON);
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await rm(root, { recursive: true });
});

test("a streaming view that changed is served once its states are built, whole; the code before answers all the time", async () => {
  const [before, after] = [of("1d"), of("2d")];
  const [one, two] = [await open(before), await open(after)];
  await one.apply();
  const stream = await one.stream();
  await stream.ingest(
    "clicks",
    Array.from({ length: EVENTS }, () => ({ user_id: "u", at: "2026-06-01T11:00:00Z" })),
    { visible: true },
  );
  await stream.close();
  clock.set(NOON + 1);
  await two.apply();
  const old = async (): Promise<unknown> => (await one.online(before.clicking, { user_id: "u" })).values.clicks;
  expect(await old()).toBe(EVENTS);
  expect(await two.online(after.clicking, { user_id: "u" })).toMatchObject({ values: { clicks: null }, status: { clicks: "UNAVAILABLE" } });
  expect(await two.problems()).toContain("view live has no live states: run asof stream");
  let isBuilt = false;
  const seen = new Set<unknown>();
  const [restarted] = await Promise.all([
    two
      .stream()
      .then(async (started) => {
        await started.built();
        return started;
      })
      .finally(() => (isBuilt = true)),
    (async () => {
      while (!isBuilt) {
        seen.add((await two.online(after.clicking, { user_id: "u" })).values.clicks);
        expect(await old()).toBe(EVENTS);
        await new Promise(setImmediate);
      }
    })(),
  ]);
  expect([...seen].filter((value) => value !== EVENTS)).toEqual([null]);
  expect((await two.online(after.clicking, { user_id: "u" })).values.clicks).toBe(EVENTS);
  expect(await old()).toBe(EVENTS);
  await restarted.close();
});

test("in training a new version takes the moves of the old one before its own first publish, while refresh is as it was", async () => {
  const [before, after, slower] = [of("1d"), of("2d"), of("2d", "2h")];
  const one = await open(before);
  await one.apply();
  clock.set(NOON - 4 * HOUR); // 08:00, and then nothing until 11:30: the ticks between were missed
  await one.materialize({ views: ["spent"] });
  const two = await open(after);
  expect(await trained(two, after)).toEqual([5, 7, 7, 7]); // not applied: as if it were next
  clock.set(NOON - HOUR / 2);
  await two.apply();
  expect(await trained(two, after)).toEqual([5, 7, 7, 7]);
  await two.materialize({ views: ["spent"] });
  expect(await trained(two, after)).toEqual([5, 7, 7, 8]);
  expect(await trained(one, before)).toEqual([5, 7, 7, 7]);
  const three = await open(slower);
  await three.apply();
  expect(await trained(three, slower)).toEqual([5, 7, 8, 8]); // another schedule: its ticks, as if it had never failed
});

/** The feature of each label, in order. */
async function trained(store: Store, { spending }: ReturnType<typeof of>): Promise<readonly unknown[]> {
  await store.training(spending, asked, { out: join(root, "set") });
  const database = await (await DuckDBInstance.create()).connect();
  const reader = await database.runAndReadAll(`SELECT n FROM '${join(root, "set", "data.parquet")}'`);
  return reader.getRows().map(([n]) => n);
}
