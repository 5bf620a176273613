// What is known when a customer checks out: the last 30 days, the session as it is now, and how unusual the amount is.
import { csv, entity, events, every, featureService, featureView, ingest, json, labels, streaming, t } from "asof";

const user = entity("user", { user_id: t.string() });
const session = entity("session", { session_id: t.string() });

const purchases = events("purchases", {
  schema: { order_id: t.string(), user_id: t.string(), at: t.timestamp(), loaded_at: t.timestamp(), amount: t.float64() },
  eventTime: "at", // when it happened
  availableAt: "loaded_at", // when it could first be known
  id: "order_id",
  batch: csv("data/purchases.csv"),
});

/** They lie in a file as far as they are old, and come over HTTP from now on. */
export const basketEvents = events("basket_events", {
  schema: { event_id: t.string(), session_id: t.string(), item_id: t.string(), at: t.timestamp(), kind: t.string() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "event_id",
  late: "1h",
  batch: json("data/basket-events.ndjson"),
  stream: ingest(),
});

/** Computed once a day, at two in the morning, from the files. */
const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1d", { at: "02:00", delay: "15m" }),
  features: ({ count, mean }) => ({
    purchases_30d: count().over("30d"),
    mean_amount_30d: mean((purchase) => purchase.amount).over("30d"),
  }),
});

/** Up to date as soon as an event is in. */
const basket = featureView("basket", {
  entity: session,
  source: basketEvents,
  refresh: streaming(),
  features: ({ currentItems }) => ({
    items_in_session: currentItems((event) => event.item_id, { add: (event) => event.kind === "add" }).session("30m"),
  }),
});

/** Computed from the two above and the request, when it comes. */
export const checkout = featureService("checkout", { request: { amount: t.float64() }, features: [spending, basket] }).derive(
  "amount_over_usual",
  t.float64().nullable(),
  (features, request) => (features.mean_amount_30d === null ? null : request.amount / features.mean_amount_30d),
);

/** Checkouts of the past, and whether they were paid: the rows to learn from. */
export const paid = labels("paid", {
  schema: { user_id: t.string(), session_id: t.string(), amount: t.float64(), at: t.timestamp(), paid: t.boolean() },
  at: "at",
  from: csv("data/checkouts.csv"),
});
