// What a user writes compiles, and every value has the type that the definition says.
import { checkout, purchases, routes, simple, spending, store, user } from "./shop.ts";
import { every, featureService, featureView, labels, outcome, parquet, t, type Status, type Timestamp, type Type } from "asof";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Show<T> = { [K in keyof T]: T[K] } & {};
declare function expectType<A>(): <B>(value: B, equal: Equal<A, B>) => void;

const answer = await store.online(checkout, { user_id: "u", session_id: 1n, seller_id: "s", origin: "A", destination: "B", amount: 12 });
expectType<{
  readonly purchase_count_30d: number;
  readonly spend_7d: number | null;
  readonly spend_7d_last_week: number;
  readonly cents: bigint | null;
  readonly cents0: bigint;
  readonly last_category: string | null;
  readonly kind: "large" | "small" | null;
  readonly flag: number | null;
  readonly first_at: Timestamp | null;
  readonly any: boolean | null;
  readonly amount_1h: number | null;
  readonly amount_24h: number | null;
  readonly item: string | null;
  readonly seller_spend_7d: number | null;
  readonly delay: number | null;
}>()(answer.values, true);
expectType<Status>()(answer.status.seller_spend_7d, true);

const picked = await store.online(simple, { user_id: "u" });
expectType<{ readonly spend_7d: number | null }>()(picked.values, true);

const churn = labels("churn", {
  schema: { user_id: t.string().nullable(), label_time: t.timestamp(), y: t.boolean() },
  at: "label_time",
  from: parquet("l.parquet"),
});
for await (const row of await store.training(simple, churn, { out: "sets/churn" })) {
  expectType<{ readonly user_id: string | null; readonly label_time: Timestamp; readonly y: boolean; readonly spend_7d: number | null }>()(row, true);
}

const large = outcome("large", { entity: user, source: purchases, where: (p) => p.quantity > 0, label: ({ sum }) => sum((p) => p.cents).within("60d") });
for await (const row of await store.training(simple, large, { out: "sets/large", cut: "2026-06-01" })) {
  expectType<{ readonly user_id: string; readonly label_time: Timestamp; readonly large: bigint | null; readonly spend_7d: number | null }>()(row, true);
}
const again = outcome("again", { entity: user, source: purchases, label: ({ exists }) => exists().within("7d"), at: churn });
for await (const row of await store.training(simple, again, { out: "sets/again", split: { validation: "2026-05-01", test: "2026-06-01" } })) {
  expectType<boolean>()(row.again, true);
  expectType<boolean>()(row.y, true);
  expectType<"train" | "validation" | "test" | null>()(row.split, true);
}

const collected = featureView("collected", {
  entity: user,
  source: purchases,
  refresh: every("1d"),
  features: ({ count, last, lastN, sum, topK, valueCounts }) => ({
    categories: topK((p) => p.category, 3).over("90d"),
    recent: lastN((p) => p.at, 5).overEach("1d", "7d"),
    counts: valueCounts((p) => p.quantity).lifetime(),
    spend: sum((p) => p.cents)
      .by((p) => p.category)
      .over("7d"),
    orders: lastN((p) => p.order_id, 2)
      .by((p) => p.session_id)
      .session("30m"),
    kinds: last((p) => (p.amount > 9 ? "large" : "small"))
      .by((p) => (p.quantity > 1 ? "several" : "one"))
      .over("7d"),
    rows: count()
      .by((p) => p.amount > 9)
      .over("7d"),
  }),
});
interface Collected {
  readonly categories: readonly string[];
  readonly recent_1d: readonly Timestamp[];
  readonly recent_7d: readonly Timestamp[];
  readonly counts: ReadonlyMap<number, number>;
  readonly spend: ReadonlyMap<string, bigint | null>;
  readonly orders: ReadonlyMap<bigint, readonly string[]>;
  readonly kinds: ReadonlyMap<"several" | "one", "large" | "small" | null>;
  readonly rows: ReadonlyMap<boolean, number>;
}
const collections = featureService("collections", { features: [collected] });
expectType<Show<Collected>>()((await store.online(collections, { user_id: "u" })).values, true);
for await (const row of await store.training(collections, churn, { out: "sets/collections" })) {
  expectType<Show<{ readonly user_id: string | null; readonly label_time: Timestamp; readonly y: boolean } & Collected>>()(row, true);
}

expectType<"routes">()(routes.name, true);
expectType<"seller">()(spending.as("seller").name, true);
expectType<Type<string | null>>()(t.string().nullable(), true);
