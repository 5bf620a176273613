// What each customer bought lately: one source, one view, one service.
import { csv, entity, events, every, featureService, featureView, outcome, t } from "asof";

const user = entity("user", { user_id: t.string() });

const purchases = events("purchases", {
  schema: { order_id: t.string(), user_id: t.string(), at: t.timestamp(), loaded_at: t.timestamp(), amount: t.float64() },
  eventTime: "at", // when it happened
  availableAt: "loaded_at", // when it could first be known
  id: "order_id",
  batch: csv("data/purchases.csv"),
});

const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1h"),
  features: ({ count, sum }) => ({
    purchases_30d: count().over("30d"),
    spend_30d: sum((purchase) => purchase.amount)
      .over("30d")
      .default(0),
  }),
});

export const customers = featureService("customers", { features: [spending] });

/** Each purchase is a row to learn from: does the same customer buy again within a week? */
export const buysAgain = outcome("buys_again", { entity: user, source: purchases, label: ({ exists }) => exists().within("7d") });
