// Entity sources and enrichment: the last row of an entity, and events that carry it as it was known when they happened.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  defineConfig,
  embedded,
  enriched,
  entity,
  entitySource,
  events,
  every,
  featureService,
  featureView,
  labels,
  manualClock,
  openStore,
  parseTime,
  rows,
  streaming,
  t,
  timestamp,
} from "asof";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-enriched-"));
});
afterAll(() => rm(root, { recursive: true }));

const at = (day: number, hour = 0): ReturnType<typeof timestamp> =>
  timestamp(`2026-03-${String(day).padStart(2, "0")}T${String(hour).padStart(2, "0")}:00:00Z`);
const user = entity("user", { user_id: t.string() });
const shop = entity("shop", { shop_id: t.string() });
const shops = entitySource("shops", {
  schema: { shop_id: t.string(), since: t.timestamp(), loaded: t.timestamp(), tier: t.string().nullable(), rating: t.float64(), closed: t.boolean() },
  eventTime: "since",
  availableAt: "loaded",
  deleted: "closed",
  batch: rows([
    { shop_id: "s1", since: at(1), loaded: at(1), tier: "gold", rating: 4.5, closed: false },
    { shop_id: "s1", since: at(5), loaded: at(7), tier: null, rating: 3.5, closed: false },
    { shop_id: "s1", since: at(9), loaded: at(9), tier: "x", rating: 0, closed: true },
    { shop_id: "s1", since: at(12), loaded: at(12), tier: "new", rating: 5, closed: false },
  ]),
});
const profile = featureView("profile", {
  entity: shop,
  source: shops,
  refresh: every("1h"),
  features: ({ latest }) => ({ tier: latest((s) => s.tier), rating: latest((s) => s.rating) }),
});
const purchases = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp(), shop: t.string(), amount: t.float64() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: rows([1, 2, 6, 8, 10, 13].map((day, i) => ({ user_id: "u1", at: at(day), shop: i === 1 ? "nowhere" : "s1", amount: 10 + i }))),
});
const atShops = enriched(purchases, "shop", shops, { key: { shop_id: "shop" }, columns: ["tier", "rating"] });
const spending = featureView("spending", {
  entity: user,
  source: atShops,
  refresh: streaming(),
  features: ({ lastN, count }) => ({
    tiers: lastN((p) => p.shop_tier, 9).lifetime(),
    ratings: lastN((p) => p.shop_rating, 9).lifetime(),
    by_tier: count()
      .by((p) => p.shop_tier)
      .lifetime(),
  }),
});
const service = featureService("both", { features: [profile, spending] });
const offline = featureService("offline", { features: [profile] });

test("training sees an entity's last row, and events carry it as of their own time", async () => {
  const points = labels("points", {
    schema: { user_id: t.string(), shop_id: t.string(), at: t.timestamp() },
    at: "at",
    from: rows([1, 2, 6, 8, 10, 14].map((day) => ({ user_id: "u1", shop_id: "s1", at: at(day, 2) }))),
  });
  const store = await openStore(defineConfig({ services: [service, offline], labels: [points], online: embedded({ path: join(root, "online") }) }), {
    root,
    clock: manualClock(parseTime("2026-03-20")),
  });
  const set = await store.training(service, points, { out: join(root, "set") });
  const trained: Readonly<Record<string, unknown>>[] = [];
  for await (const row of set) trained.push(row);
  // the row of the 5th was loaded on the 7th; on the 9th the shop was deleted; it came back on the 12th
  expect(trained.map(({ tier }) => tier)).toEqual(["gold", "gold", "gold", null, null, "new"]);
  expect(trained.map(({ rating }) => rating)).toEqual([4.5, 4.5, 4.5, 3.5, null, 5]);
  // the purchase of the 1st happened when the shop's first row did, so it does not carry it; nor does one at an unknown shop
  expect(trained[5]).toMatchObject({
    ratings: [5, 3.5, 4.5],
    tiers: ["new", "gold"],
    by_tier: new Map([
      ["gold", 1],
      ["new", 1],
    ]),
  });
  await store.close();
});

test("a deleted entity is NOT_FOUND when served, and found again after its next row", async () => {
  const clock = manualClock(parseTime("2026-03-08T00:30:00Z"));
  const store = await openStore(defineConfig({ services: [offline], online: embedded({ path: join(root, "served") }) }), { root, clock });
  await store.apply();
  const served = [];
  for (const day of ["08", "10", "14"]) {
    clock.set(parseTime(`2026-03-${day}T00:30:00Z`));
    await store.materialize();
    served.push(await store.online(offline, { shop_id: "s1" }));
  }
  await store.close();
  expect(served.map(({ status }) => [status.tier, status.rating])).toEqual([
    ["NULL", "PRESENT"],
    ["NOT_FOUND", "NOT_FOUND"],
    ["PRESENT", "PRESENT"],
  ]);
  expect(served[2]?.values).toEqual({ tier: "new", rating: 5 });
});
