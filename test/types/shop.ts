// The definitions that the type tests share: a shop, some flights, and a store.
import { entity, events, every, featureService, featureView, ingest, parquet, streaming, t, type Store } from "asof";

export const user = entity("user", { user_id: t.string() });
export const session = entity("session", { session_id: t.int64() });
export const route = entity("route", { origin: t.string(), destination: t.string() });

export const purchases = events("purchases", {
  schema: {
    order_id: t.string(),
    user_id: t.string(),
    seller: t.string(),
    session_id: t.int64(),
    at: t.timestamp(),
    loaded_at: t.timestamp(),
    amount: t.float64(),
    quantity: t.int32(),
    cents: t.int64(),
    category: t.string().nullable(),
  },
  eventTime: "at",
  availableAt: "loaded_at",
  tieBreak: ["order_id"],
  id: "order_id",
  late: "7d",
  batch: parquet("data/purchases/*.parquet"),
  stream: ingest(),
});

export const flights = events("flights", {
  schema: { at: t.timestamp(), from: t.string(), destination: t.string(), delay: t.float64().nullable() },
  eventTime: "at",
  availableAt: { delay: "5m" },
  batch: parquet("data/flights.parquet"),
});

export const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1d", { at: "02:00", delay: "45m" }),
  maxAge: "3d",
  where: (p) => p.quantity > 0,
  features: ({ count, sum, last, mean, min, max }) => ({
    purchase_count_30d: count().over("30d"),
    spend_7d: sum((p) => p.amount * p.quantity).over("7d"),
    spend_7d_last_week: sum((p) => p.amount * p.quantity)
      .over("7d", { offset: "7d" })
      .default(0),
    cents: sum((p) => p.cents).over("7d"),
    cents0: sum((p) => p.cents)
      .over("7d")
      .default(0n),
    last_category: last((p) => p.category).lifetime(),
    kind: last((p) => (p.amount > 9 ? "large" : "small")).lifetime(),
    flag: mean((p) => (p.category === "x" ? 1 : 0)).over("7d"),
    first_at: min((p) => p.at).lifetime(),
    any: max((p) => p.amount > 9).over("1d"),
    amount: mean((p) => p.amount).overEach("1h", "24h"),
  }),
});

export const basket = featureView("basket", {
  entity: session,
  source: purchases,
  refresh: streaming({ delay: "2s" }),
  maxAge: "2h",
  features: ({ last, count }) => ({ item: last((p) => p.order_id).over("30m"), n: count().over("30m") }),
});

export const routes = featureView("routes", {
  entity: route.columns({ origin: "from" }),
  source: flights,
  refresh: every("15m"),
  features: ({ mean }) => ({ delay: mean((f) => f.delay).over("3h") }),
});

export const checkout = featureService("checkout", {
  request: { amount: t.float64() },
  features: [spending, basket.pick("item"), spending.as("seller", { user_id: "seller_id" }).pick("seller_spend_7d"), routes],
});

export const simple = featureService("simple", { features: [spending.pick("spend_7d")] });

export declare const store: Store;
