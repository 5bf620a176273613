// The helper for users' tests: events at one time, features at another, on a clock that the test moves.
import { afterEach, expect, test } from "vitest";
import { entity, events, every, featureService, featureView, ingest, parquet, streaming, t, timestamp } from "../src/index.ts";
import { readdirSync } from "node:fs";
import { testStore, type TestStore } from "../src/testing.ts";
import { tmpdir } from "node:os";
import { existsSync } from "node:fs";

const user = entity("user", { user_id: t.string() });
const session = entity("session", { session_id: t.string() });
const basketEvents = events("basket_events", {
  schema: { session_id: t.string(), item_id: t.string(), at: t.timestamp(), kind: t.string() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  late: "1h",
  stream: ingest(),
});
const purchases = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp(), loaded_at: t.timestamp(), amount: t.float64() },
  eventTime: "at",
  availableAt: "loaded_at",
  batch: parquet("there/is/no/such/folder"),
});
const basket = featureView("basket", {
  entity: session,
  source: basketEvents,
  refresh: streaming(),
  features: ({ currentItems }) => ({ items_in_session: currentItems((e) => e.item_id, { add: (e) => e.kind === "add" }).session("30m") }),
});
const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1d", { at: "02:00", delay: "45m" }),
  features: ({ sum }) => ({ spend_30d: sum((p) => p.amount).over("30d") }),
});
const checkout = featureService("checkout", { request: { amount: t.float64() }, features: [spending, basket] }).derive(
  "amount_over_usual",
  t.float64().nullable(),
  (f, r) => (f.spend_30d === null ? null : r.amount / f.spend_30d),
);

const at = (time: string) => timestamp(`2026-06-${time}:00Z`);
const kept = (): string[] => readdirSync(existsSync("/dev/shm") ? "/dev/shm" : tmpdir()).filter((name) => name.startsWith("asof-test-"));
let store: TestStore;
afterEach(() => store.close());

test("at 12:00 these events, at 12:05 this vector: live, refreshed and derived in one answer", async () => {
  store = await testStore({
    services: [checkout],
    at: "2026-06-02T00:00:00Z",
    rows: {
      purchases: [
        { user_id: "u1", at: at("01T20:00"), loaded_at: at("01T21:00"), amount: 40 },
        { user_id: "u1", at: at("02T01:00"), loaded_at: at("02T01:30"), amount: 10 },
        { user_id: "u1", at: at("02T01:10"), loaded_at: at("02T03:00"), amount: 500 },
      ],
    },
  });
  const ask = async (): Promise<unknown> => (await store.online(checkout, { user_id: "u1", session_id: "s1", amount: 25 })).values;
  expect(await ask()).toEqual({ spend_30d: null, items_in_session: [], amount_over_usual: null });
  await store.at("2026-06-02T02:44:59Z");
  expect(await ask(), "the run of 02:00 is not published yet").toMatchObject({ spend_30d: null });
  await store.at("2026-06-02T02:45:00Z");
  expect(await ask()).toEqual({ spend_30d: 50, items_in_session: [], amount_over_usual: 0.5 });
  await store.at("2026-06-02T12:00:00Z");
  await store.ingest(basketEvents, [
    { session_id: "s1", item_id: "pen", at: at("02T11:59"), kind: "add" },
    { session_id: "s1", item_id: "ink", at: store.now, kind: "add" },
  ]);
  await store.at("2026-06-02T12:05:00Z");
  expect(await ask()).toEqual({ spend_30d: 50, items_in_session: ["pen", "ink"], amount_over_usual: 0.5 });
  await store.ingest(basketEvents, [{ session_id: "s1", item_id: "pen", at: store.now, kind: "remove" }]);
  expect(await ask()).toMatchObject({ items_in_session: ["ink"] });
  await store.at("2026-06-02T12:35:00Z");
  expect(await ask(), "the session is over").toMatchObject({ items_in_session: [] });
  await store.at("2026-06-04T00:00:00Z");
  expect(await ask()).toMatchObject({ spend_30d: 550 });
});

test("what is wrong is told, and nothing is left behind", async () => {
  const before = kept().length;
  store = await testStore({ services: [checkout], at: "2026-06-02T00:00:00Z", rows: { purchases: [] } });
  expect(kept().length).toBe(before + 1);
  await expect(store.at("2026-06-01T00:00:00Z")).rejects.toMatchObject({ code: "TESTING_BACKWARDS" });
  await expect(store.ingest(basketEvents, [{ session_id: "s1" }])).rejects.toMatchObject({ code: "INGEST_MISSING_FIELD" });
  const late = await store.ingest(basketEvents, [{ session_id: "s1", item_id: "pen", at: at("01T12:00"), kind: "add" }]);
  expect(late).toMatchObject([{ status: "dead", code: "INGEST_TOO_LATE" }]);
  await expect(testStore({ services: [checkout], at: "2026-06-02T00:00:00Z", rows: { purchase: [] } })).rejects.toMatchObject({
    code: "TESTING_UNKNOWN_SOURCE",
  });
  await store.close();
  expect(kept().length).toBe(before);
});
