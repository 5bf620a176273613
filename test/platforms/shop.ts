// A shop over files of every kind: what its training sets and answers must be the same from, on every machine.
import {
  csv,
  duckdb,
  enriched,
  entity,
  entitySource,
  events,
  every,
  featureService,
  featureView,
  json,
  labels,
  outcome,
  parquet,
  sql,
  streaming,
  t,
} from "../../src/index.ts";

const user = entity("user", { user_id: t.string() });

const profiles = entitySource("profiles", {
  schema: { user_id: t.string(), since: t.timestamp(), tier: t.string().nullable(), rating: t.float64().nullable(), gone: t.boolean() },
  eventTime: "since",
  availableAt: { delay: "1h" },
  deleted: "gone",
  batch: duckdb("shop.duckdb", { table: "profiles" }),
});

const purchases = events("purchases", {
  schema: {
    order_id: t.string(),
    user_id: t.string().nullable(),
    at: t.timestamp(),
    loaded_at: t.timestamp(),
    amount: t.float64().nullable(),
    quantity: t.int32(),
    points: t.int64(),
    category: t.string().nullable(),
    returned: t.boolean(),
  },
  eventTime: "at",
  availableAt: { column: "loaded_at", trustedFrom: "2026-03-01", delay: "2h" },
  id: "order_id",
  late: "7d",
  tieBreak: ["category"],
  batch: csv("purchases.csv"),
});
const withTier = enriched(purchases, "buyer", profiles, { key: { user_id: "user_id" }, columns: ["tier", "rating"] });

const clicks = events("clicks", {
  schema: { user_id: t.string(), at: t.timestamp(), page: t.string(), dwell: t.float64() },
  eventTime: "at",
  availableAt: { delay: "5m" },
  batch: json("clicks.ndjson"),
});

const visits = events("visits", {
  schema: { user_id: t.string(), at: t.timestamp(), day: t.timestamp(), hour: t.string(), shop: t.string(), spent: t.float64() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: sql(
    `SELECT user_id, "at", date_trunc('day', "at") AS day, strftime("at", '%d.%m. %H:%M') AS hour, upper(shop) AS shop, spent::DOUBLE AS spent
     FROM visits WHERE "at" >= '2026-03-01 00:30:00'::TIMESTAMPTZ ORDER BY shop, "at"`,
    { visits: parquet("visits.parquet") },
  ),
});

const spending = featureView("spending", {
  entity: user,
  source: withTier,
  refresh: every("1d", { at: "02:00", delay: "45m" }),
  maxAge: "3d",
  where: (p) => p.quantity > 0,
  features: ({ count, sum, mean, stddev, max, lastN, quantile, topK, valueCounts }) => ({
    spend: sum((p) => (p.amount === null ? null : p.amount * p.quantity)).overEach("1d", "7d", "30d"),
    faded: sum((p) => p.amount)
      .decayed("36h")
      .lifetime(),
    average: mean((p) => p.amount).over("30d"),
    spread: stddev((p) => p.amount)
      .over("30d")
      .default(0),
    points: sum((p) => p.points).lifetime(),
    points_by: sum((p) => p.points)
      .by((p) => p.category)
      .over("30d"),
    greatest: max((p) => p.category).over("14d"),
    median: quantile((p) => p.category, 0.5).over("14d"),
    top: topK((p) => p.category?.toUpperCase() ?? null, 3).lifetime(),
    kinds: valueCounts((p) => p.category).over("30d"),
    tiers: lastN((p) => p.buyer_tier, 5).lifetime(),
    when: lastN((p) => p.at, 3).over("30d", { offset: "1d" }),
    n: count().lifetime(),
  }),
});

const browsing = featureView("browsing", {
  entity: user,
  source: clicks,
  refresh: streaming({ delay: "30s" }),
  features: ({ count, mean, distinctCount, distinctLastN, timeSinceLast }) => ({
    in_session: count().session("12h"),
    dwell: mean((c) => c.dwell).session("12h"),
    pages: distinctCount((c) => c.page).over("1d"),
    last_pages: distinctLastN((c) => c.page, 4).over("7d"),
    idle: timeSinceLast().over("7d"),
  }),
});

const visiting = featureView("visiting", {
  entity: user,
  source: visits,
  refresh: every("6h"),
  features: ({ sum, last, max, valueCounts }) => ({
    last_day: last((v) => v.day).lifetime(),
    greatest_hour: max((v) => v.hour).lifetime(),
    shops: valueCounts((v) => v.shop).lifetime(),
    spent: sum((v) => v.spent).over("30d"),
  }),
});

const profile = featureView("profile", {
  entity: user,
  source: profiles,
  refresh: every("1h"),
  features: ({ latest }) => ({ tier: latest((p) => p.tier), rating: latest((p) => p.rating), since: latest((p) => p.since) }),
});

/** Everything, for training. */
export const everything = featureService("everything", { request: { amount: t.float64() }, features: [spending, browsing, visiting, profile] })
  .derive("over_usual", t.float64().nullable(), (f, r) => (f.average === null ? null : r.amount / f.average))
  .derive("hour", t.string(), (_f, _r, at) => `${new Date(Number(at.micros / 1000n)).getUTCHours()}h, ${at}`);

/** What is served from refreshes. */
export const served = featureService("served", { request: { amount: t.float64() }, features: [spending, visiting, profile] }).derive(
  "over_usual",
  t.float64().nullable(),
  (f, r) => (f.average === null ? null : r.amount / f.average),
);

export const SERVICES = [everything, served] as const;

/** Labels of a file whose times have no zone, or several. */
export const checkouts = labels("checkouts", {
  schema: { user_id: t.string(), at: t.timestamp(), amount: t.float64() },
  at: "at",
  from: csv("checkouts.csv"),
});

export const returned = outcome("was_returned", {
  entity: user,
  source: purchases,
  at: checkouts,
  label: ({ exists }) => exists((p) => p.returned).within("5d"),
});
