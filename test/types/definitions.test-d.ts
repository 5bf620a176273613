// What a user writes compiles, and every value has the type that the definition says.
import { checkout, routes, simple, spending, store } from "./shop.ts";
import { labels, parquet, t, type Status, type Timestamp, type Type } from "asof";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
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

expectType<"routes">()(routes.name, true);
expectType<"seller">()(spending.as("seller").name, true);
expectType<Type<string | null>>()(t.string().nullable(), true);
