// What the model "will this checkout be charged back?" may know: refreshed once a day, live as of now, and made when it is asked.
import { entity, events, every, featureService, featureView, ingest, labels, outcome, parquet, streaming, t } from "asof";

const user = entity("user", { user_id: t.string() });
const session = entity("session", { session_id: t.string() });
const order = entity("order", { order_id: t.string() });

const history = "../../.cache/shop/history";

/** What was bought. The night's load brings most of a day, and what payment providers are late with some nights later. */
const purchases = events("purchases", {
  schema: { order_id: t.string(), user_id: t.string(), at: t.timestamp(), loaded_at: t.timestamp(), amount: t.float64(), category: t.string() },
  eventTime: "at",
  availableAt: "loaded_at",
  id: "order_id",
  batch: parquet(`${history}/purchases.parquet`),
});

/** What goes into baskets and out of them. The past lies in a file; from now on events come over HTTP. */
const basketEvents = events("basket_events", {
  schema: {
    event_id: t.string(),
    session_id: t.string(),
    user_id: t.string(),
    at: t.timestamp(),
    kind: t.string(),
    item_id: t.string().nullable(),
    category: t.string().nullable(),
    price: t.float64(),
  },
  eventTime: "at",
  availableAt: { delay: "100ms" },
  id: "event_id",
  late: "1h",
  batch: parquet(`${history}/basket-events.parquet`),
  stream: ingest(),
});

/** What banks took back. */
const chargebacks = events("chargebacks", {
  schema: { order_id: t.string(), at: t.timestamp(), loaded_at: t.timestamp() },
  eventTime: "at",
  availableAt: "loaded_at",
  late: "2d",
  batch: parquet(`${history}/chargebacks.parquet`),
});

interface BasketEvent {
  readonly kind: string;
  readonly price: number;
}
const added = (event: BasketEvent): number => (event.kind === "add" ? 1 : 0);
const removed = (event: BasketEvent): number => (event.kind === "remove" ? 1 : 0);
const paid = (event: BasketEvent): number | null => (event.kind === "checkout" ? event.price : null);
/** The price of what was put in. */
const priceIn = (event: BasketEvent): number | null => (event.kind === "add" ? event.price : null);
/** What an event changes about the worth of the basket. */
const worth = (event: BasketEvent): number => (event.kind === "add" ? event.price : event.kind === "remove" ? -event.price : 0);

// Precomputed: what the account is used to, once a night.
const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1d", { at: "02:00", delay: "45m" }),
  maxAge: "3d",
  features: ({ count, sum, mean, max, stddev, distinctCount, timeSinceLast }) => ({
    purchases: count().overEach("7d", "30d", "60d"), // purchases_7d, ...
    spent: sum((p) => p.amount).overEach("30d", "60d"),
    usual_amount: mean((p) => p.amount).over("60d"),
    amount_spread: stddev((p) => p.amount).over("60d"),
    dearest_purchase: max((p) => p.amount).over("60d"),
    categories_bought: distinctCount((p) => p.category).over("60d"),
    since_purchase: timeSinceLast().over("60d"),
  }),
});

// Live: the session as it is now.
const basket = featureView("basket", {
  entity: session,
  source: basketEvents,
  refresh: streaming(),
  maxAge: "10m",
  features: ({ count, currentItems, sum, mean, max, distinctCount, first, timeSinceLast }) => ({
    items_in_session: currentItems((e) => e.item_id, { add: (e) => e.kind === "add" }).session("30m"),
    began: first((e) => e.at).session("30m"),
    adds: sum(added).session("30m").default(0),
    removes: sum(removed).session("30m").default(0),
    basket_worth: sum(worth, { scale: 2 }).session("30m").default(0),
    mean_price: mean(priceIn).session("30m"),
    dearest_item: max(priceIn).session("30m"),
    categories: distinctCount((e) => e.category).session("30m"),
    events_in_session: count().overEach("10s", "1m", "5m"),
    since_event: timeSinceLast().session("30m"),
  }),
});

// Live: what the account did in the last minutes, in whatever session.
const activity = featureView("activity", {
  entity: user,
  source: basketEvents,
  refresh: streaming(),
  maxAge: "10m",
  features: ({ count, sum, max, distinctCount, timeSinceLast }) => ({
    events: count().overEach("5m", "1h"),
    sessions_1h: distinctCount((e) => e.session_id).over("1h"),
    paid_1h: sum(paid).over("1h").default(0),
    dearest_1h: max(priceIn).over("1h"),
    since_checkout: timeSinceLast((e) => e.kind === "checkout").over("1h"),
  }),
});

/** What a checkout is judged by. Derived features are made when it is asked: by these functions in training, in serving and in the proof. */
export const checkout = featureService("checkout", { request: { amount: t.float64() }, features: [spending, basket, activity] })
  .derive("amount_over_usual", t.float64().nullable(), (f, request) => (f.usual_amount === null ? null : request.amount / f.usual_amount))
  .derive("amount_over_dearest", t.float64().nullable(), (f, request) => (f.dearest_purchase === null ? null : request.amount / f.dearest_purchase))
  .derive("basket_size", t.int32(), (f) => f.items_in_session.length)
  .derive("seconds_in_session", t.float64().nullable(), (f, _, at) => (f.began === null ? null : Number(at.micros - f.began.micros) / 1e6))
  .derive("seconds_for_each", t.float64().nullable(), (f) => (f.seconds_in_session === null || f.adds === 0 ? null : f.seconds_in_session / f.adds));

/** The checkouts whose baskets are on record. */
const checkouts = labels("checkouts", {
  schema: { order_id: t.string(), user_id: t.string(), session_id: t.string(), amount: t.float64(), at: t.timestamp() },
  at: "at",
  from: parquet(`${history}/checkouts.parquet`),
});

/** Which of them were charged back within two weeks: known, for each, once these and the time that the news takes are over. */
export const chargedBack = outcome("charged_back", {
  entity: order,
  source: chargebacks,
  at: checkouts,
  label: ({ exists }) => exists().within("14d"),
});
