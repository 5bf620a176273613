// Typical mistakes: none compiles, and the sentence after `@ts-expect-error` stands in what the compiler says.
// `messages.test.ts` takes the expectations out and holds each sentence against the message; ` ... ` skips some of it.
import { basket, checkout, flights, purchases, route, session, simple, spending, store, user } from "./shop.ts";
import { csv, duckdb, enriched, entitySource, events, every, featureService, featureView, ingest, labels, outcome, parquet, sql, streaming, t } from "asof";

const daily = every("1d");
const out = "sets/churn";
const from = parquet("labels.parquet");
const batch = parquet("rows.parquet");
const schema = { row_id: t.string(), at: t.timestamp(), loaded_at: t.timestamp(), name: t.string() };
const view = { entity: user, source: purchases, refresh: daily };

// ---- sources
// @ts-expect-error Property 'availableAt' is missing in type
events("s", { schema, eventTime: "at", batch });
// @ts-expect-error Type '"name"' is not assignable to type '"at" | "loaded_at"'
events("s", { schema, eventTime: "name", availableAt: { delay: "0s" }, batch });
// @ts-expect-error Type '"name"' is not assignable to type 'AvailableAt<"at" | "loaded_at">'
events("s", { schema, eventTime: "at", availableAt: "name", batch });
// @ts-expect-error Type '"name"' is not assignable to type '"at" | "loaded_at"'
events("s", { schema, eventTime: "at", availableAt: { column: "name", trustedFrom: "2026-01-01", delay: "1h" }, batch });
// @ts-expect-error "the schema has no t.timestamp() column"
events("s", { schema: { name: t.string() }, eventTime: "name", availableAt: { delay: "0s" }, batch });
// @ts-expect-error Type '"rowid"' is not assignable to type '"at" | "loaded_at" | "name" | "row_id"'
events("s", { schema, eventTime: "at", availableAt: "loaded_at", tieBreak: ["rowid"], batch });
// @ts-expect-error Property 'id' is missing in type
events("s", { schema, eventTime: "at", availableAt: "loaded_at", batch, stream: ingest(), late: "7d" });
// @ts-expect-error Property 'late' is missing in type
events("s", { schema, eventTime: "at", availableAt: "loaded_at", stream: ingest() });
// @ts-expect-error "soon"' is not assignable to type
events("s", { schema, eventTime: "at", availableAt: { delay: "soon" }, batch });
// @ts-expect-error Expected 1 arguments, but got 2
parquet("rows", { hivePartitions: true });
// @ts-expect-error 'nulltext' does not exist in type
csv("rows.csv", { nulltext: "NA" });
// @ts-expect-error Property 'table' is missing in type
duckdb("rows.duckdb", {});
// @ts-expect-error 'shema' does not exist in type
duckdb("rows.duckdb", { table: "rows", shema: "main" });
// @ts-expect-error Expected 2 arguments, but got 1
sql("SELECT * FROM rows");
// @ts-expect-error Type 'string' is not assignable to type 'SqlTable'
sql("SELECT * FROM rows", { rows: "rows.parquet" });
// @ts-expect-error Property 'schema' is missing in type
sql("SELECT * FROM rows", { rows: { from: batch } });

// ---- feature views
// @ts-expect-error Property 'amout' does not exist on type ... Did you mean 'amount'?
featureView("v", { ...view, features: ({ sum }) => ({ x: sum((p) => p.amout * p.quantity).over("7d") }) });
// @ts-expect-error '30 days' is no duration: write a whole number and ms, s, m, h, d or w, such as 30d
featureView("v", { ...view, features: ({ count }) => ({ x: count().over("30 days") }) });
// @ts-expect-error '0d' is no duration
featureView("v", { ...view, features: ({ count }) => ({ x: count().over("0d") }) });
// @ts-expect-error "1.5h"' is not assignable to parameter of type '"'1.5h' is no duration
featureView("v", { ...view, features: ({ count }) => ({ x: count().overEach("1h", "1.5h") }) });
// @ts-expect-error Type 'string | null' is not assignable to type 'number | bigint | null'
featureView("v", { ...view, features: ({ sum }) => ({ x: sum((p) => p.category).over("7d") }) });
// @ts-expect-error 'x' has no window: add .over(\"7d\"), .session(\"30m\") or .lifetime()
featureView("v", { ...view, features: ({ count, sum }) => ({ ok: count().over("1d"), x: sum((p) => p.amount) }) });
// @ts-expect-error is missing the following properties ... origin, destination
featureView("v", { entity: route, source: purchases, refresh: daily, features: ({ count }) => ({ x: count().over("1d") }) });
// @ts-expect-error Types of property 'delay' are incompatible ... Type 'number | null' is not assignable to type 'string | null'
featureView("v", { entity: route.columns({ origin: "delay" }), source: flights, refresh: daily, features: ({ count }) => ({ x: count().over("1d") }) });
// @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
featureView("v", { ...view, features: ({ count }) => ({ x: count().over("7d").default("0") }) });
// @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'bigint'
// oxfmt-ignore
featureView("v", { ...view, features: ({ sum }) => ({ x: sum((p) => p.cents).over("7d").default(0) }) });
// @ts-expect-error Argument of type 'never[]' is not assignable to parameter of type '"a collection is never null: it takes no default"'
// oxfmt-ignore
featureView("v", { ...view, features: ({ lastN }) => ({ x: lastN((p) => p.amount, 3).over("7d").default([]) }) });
// @ts-expect-error Type 'Timestamp' is not assignable to type 'MapKey | null'
// oxfmt-ignore
featureView("v", { ...view, features: ({ count }) => ({ x: count().by((p) => p.at).over("7d") }) });
// @ts-expect-error 'maxage' does not exist in type
featureView("v", { entity: user, source: purchases, refresh: daily, maxage: "2h", features: ({ count }) => ({ x: count().over("1d") }) });
// @ts-expect-error Property 'refresh' is missing in type
featureView("v", { entity: user, source: purchases, features: ({ count }) => ({ x: count().over("1d") }) });
// @ts-expect-error Operator '*' cannot be applied to types 'bigint' and 'number'
featureView("v", { ...view, features: ({ sum }) => ({ x: sum((p) => p.cents * p.quantity).over("7d") }) });
// @ts-expect-error Type 'number' is not assignable to type 'boolean'
featureView("v", { ...view, where: (p) => p.quantity, features: ({ count }) => ({ x: count().over("1d") }) });
// @ts-expect-error 'daily' is no duration
every("daily");
// @ts-expect-error Type '"2 am"' is not assignable to type
every("1d", { at: "2 am" });
// @ts-expect-error Type '"2 seconds"' is not assignable to type
streaming({ delay: "2 seconds" });
// @ts-expect-error 'sesion_id' does not exist in type
session.columns({ sesion_id: "s" });

// ---- feature services
// @ts-expect-error a label is no feature: pass it to store.training(service, labels)
featureService("s", { features: [spending, labels("churn", { schema: { at: t.timestamp() }, at: "at", from })] });
// @ts-expect-error a label is no feature: pass it to store.training(service, labels)
featureService("s", { features: [spending, outcome("o", { entity: user, source: purchases, label: ({ count }) => count().within("7d") })] });
// @ts-expect-error another view of this service has 'spend_7d' too: rename with view.as(\"prefix\") or choose with view.pick(...)
featureService("s", { features: [spending, basket, spending.pick("spend_7d")] });
// @ts-expect-error Argument of type '"itme"' is not assignable to parameter of type '"item" | "n"'
basket.pick("itme");
// @ts-expect-error 'userid' does not exist in type
spending.as("seller", { userid: "seller_id" });

// ---- requests
// @ts-expect-error 'userid' does not exist in type ... 'user_id'
await store.online(simple, { userid: "u1" });
// @ts-expect-error missing the following properties from type ... session_id, origin, destination, seller_id
await store.online(checkout, { user_id: "u1", amount: 1 });
// @ts-expect-error Type 'number' is not assignable to type 'string'
await store.online(simple, { user_id: 7 });
// @ts-expect-error Property 'amount' is missing in type
await store.online(checkout, { user_id: "u", session_id: 1n, seller_id: "s", origin: "A", destination: "B" });
// @ts-expect-error 'amuont' does not exist in type
await store.online(checkout, { user_id: "u", session_id: 1n, seller_id: "s", origin: "A", destination: "B", amuont: 1 });
// @ts-expect-error 'amount' does not exist in type
await store.online(simple, { user_id: "u", amount: 3 });
// @ts-expect-error Type 'string' is not assignable to type 'number'
await store.online(checkout, { user_id: "u", session_id: 1n, seller_id: "s", origin: "A", destination: "B", amount: "3" });
// @ts-expect-error Property 'spend_7' does not exist on type ... Did you mean 'spend_7d'?
void (await store.online(simple, { user_id: "u" })).values.spend_7;

// ---- labels
// @ts-expect-error Type '"y"' is not assignable to type '"at"'
labels("l", { schema: { user_id: t.string(), at: t.timestamp(), y: t.boolean() }, at: "y", from });
// @ts-expect-error "the schema has no t.timestamp() column"
labels("l", { schema: { user_id: t.string(), y: t.boolean() }, at: "y", from });
// @ts-expect-error Property 'user_id' is missing in type
await store.training(simple, labels("l", { schema: { id: t.string(), at: t.timestamp() }, at: "at", from }), { out });
// @ts-expect-error label column 'spend_7d' has the name of a feature
await store.training(simple, labels("l", { schema: { user_id: t.string(), at: t.timestamp(), spend_7d: t.float64() }, at: "at", from }), { out });
const keys = { user_id: t.string(), session_id: t.int64(), seller_id: t.string(), origin: t.string(), destination: t.string() };
// @ts-expect-error Property 'amount' is missing in type
await store.training(checkout, labels("l", { schema: { ...keys, at: t.timestamp() }, at: "at", from }), { out });

// ---- outcomes
const judged = { entity: user, source: purchases };
// @ts-expect-error 'x' looks into the future: make it a label with outcome(...)
featureView("v", { ...view, features: ({ count }) => ({ x: count().within("7d") }) });
// @ts-expect-error the label has no horizon: add .within(\"60d\")
outcome("o", { ...judged, label: ({ count }) => count() });
// @ts-expect-error a label looks into the future: write .within(\"60d\")
outcome("o", { ...judged, label: ({ count }) => count().over("7d") });
// @ts-expect-error '2 months' is no duration
outcome("o", { ...judged, label: ({ count }) => count().within("2 months") });
// @ts-expect-error Property 'amout' does not exist on type ... Did you mean 'amount'?
outcome("o", { ...judged, label: ({ sum }) => sum((p) => p.amout).within("7d") });
// @ts-expect-error is missing the following properties ... origin, destination
outcome("o", { entity: route, source: purchases, label: ({ count }) => count().within("7d") });
// @ts-expect-error the points have a column 'y' already: give the outcome another name
// oxfmt-ignore
outcome("y", { ...judged, label: ({ count }) => count().within("7d"), at: labels("l", { schema: { user_id: t.string(), at: t.timestamp(), y: t.boolean() }, at: "at", from }) });
// @ts-expect-error Property 'user_id' is missing in type
outcome("o", { ...judged, label: ({ count }) => count().within("7d"), at: labels("l", { schema: { id: t.string(), at: t.timestamp() }, at: "at", from }) });
// @ts-expect-error label column 'spend_7d' has the name of a feature
await store.training(simple, outcome("spend_7d", { ...judged, label: ({ count }) => count().within("7d") }), { out });
// @ts-expect-error 'tset' does not exist in type
await store.training(simple, outcome("o", { ...judged, label: ({ count }) => count().within("7d") }), { out, split: { tset: "2026-06-01" } });
// @ts-expect-error 'splt' does not exist in type
await store.training(simple, outcome("o", { ...judged, label: ({ count }) => count().within("7d") }), { out, splt: { test: "2026-06-01" } });

// ---- aggregates
// @ts-expect-error Expected 0 arguments, but got 1
featureView("v", { ...view, features: ({ count }) => ({ x: count((p) => p.quantity).over("1d") }) });
// @ts-expect-error Argument of type 'string' is not assignable to parameter of type '(row: {
featureView("v", { ...view, features: ({ sum }) => ({ x: sum("amount").over("1d") }) });
// @ts-expect-error 'limit' does not exist in type 'Returns<number | bigint | null> & Scale'
featureView("v", { ...view, features: ({ sum }) => ({ x: sum((p) => p.amount, { limit: 3 }).over("1d") }) });
// @ts-expect-error Expected 2-3 arguments, but got 1
featureView("v", { ...view, features: ({ quantile }) => ({ x: quantile((p) => p.amount).over("1d") }) });
// @ts-expect-error Argument of type '{ limit: number; }' is not assignable to parameter of type 'number'
featureView("v", { ...view, features: ({ topK }) => ({ x: topK((p) => p.category, { limit: 3 }).over("1d") }) });
// @ts-expect-error Type 'number' is not assignable to type 'boolean | null'
featureView("v", { ...view, features: ({ exists }) => ({ x: exists((p) => p.quantity).over("1d") }) });
// @ts-expect-error Type 'Timestamp' is not assignable to type 'MapKey | null'
featureView("v", { ...view, features: ({ valueCounts }) => ({ x: valueCounts((p) => p.at).over("1d") }) });
// @ts-expect-error Expected 2 arguments, but got 1
featureView("v", { ...view, features: ({ currentItems }) => ({ x: currentItems((p) => p.category).over("1d") }) });
// @ts-expect-error Property 'add' is missing in type '{ limit: number; }'
featureView("v", { ...view, features: ({ currentItems }) => ({ x: currentItems((p) => p.category, { limit: 3 }).over("1d") }) });
// @ts-expect-error Type 'Type<number>' is not assignable to type 'Type<string> | Type<string | null> | undefined'
featureView("v", { ...view, features: ({ last }) => ({ x: last((p) => p.category, { type: t.int32() }).over("1d") }) });
// @ts-expect-error Property 'median' does not exist on type 'Aggregates<
featureView("v", { ...view, features: ({ median }) => ({ x: median((p) => p.amount).over("1d") }) });
// @ts-expect-error Property 'latest' does not exist on type 'Aggregates<
featureView("v", { ...view, features: ({ latest }) => ({ x: latest((p) => p.amount) }) });
// @ts-expect-error Type 'Timestamp' is not assignable to type 'MapKey | null'
// oxfmt-ignore
featureView("v", { ...view, features: ({ count }) => ({ x: count().by((p) => p.at).over("1d") }) });
// @ts-expect-error Property 'by' does not exist on type 'Unwindowed<ReadonlyMap<string, number>>'
// oxfmt-ignore
featureView("v", { ...view, features: ({ count }) => ({ x: count().by((p) => p.category).by((p) => p.seller).over("1d") }) });
// @ts-expect-error Property 'by' does not exist on type 'Feature<number>'
// oxfmt-ignore
featureView("v", { ...view, features: ({ count }) => ({ x: count().over("1d").by((p) => p.category) }) });
// @ts-expect-error Property 'decayed' does not exist on type 'Aggregate<
// oxfmt-ignore
featureView("v", { ...view, features: ({ mean }) => ({ x: mean((p) => p.amount).decayed("1d").over("7d") }) });
// @ts-expect-error Property 'decayed' does not exist on type 'Unwindowed<ReadonlyMap<string, number>>'
// oxfmt-ignore
featureView("v", { ...view, features: ({ count }) => ({ x: count().by((p) => p.category).decayed("1d").over("7d") }) });
// @ts-expect-error '1 day' is no duration
featureView("v", { ...view, features: ({ count }) => ({ x: count().decayed("1 day").over("7d") }) });
// @ts-expect-error '0m' is no duration
featureView("v", { ...view, features: ({ count }) => ({ x: count().session("0m") }) });
// @ts-expect-error Expected 1 arguments, but got 2
featureView("v", { ...view, features: ({ count }) => ({ x: count().session("30m", { offset: "1d" }) }) });
// @ts-expect-error 'ofset' does not exist in type ... Did you mean to write 'offset'?
featureView("v", { ...view, features: ({ count }) => ({ x: count().over("1d", { ofset: "7d" }) }) });
// @ts-expect-error Type '"7d"' has no properties in common with type '{ readonly offset?:
featureView("v", { ...view, features: ({ count }) => ({ x: count().over("1d", "7d") }) });
// @ts-expect-error a collection is never null: it takes no default
// oxfmt-ignore
featureView("v", { ...view, features: ({ lastN }) => ({ x: lastN((p) => p.category, 3).over("7d").default([]) }) });
// @ts-expect-error a collection is never null: it takes no default
// oxfmt-ignore
featureView("v", { ...view, features: ({ count }) => ({ x: count().by((p) => p.category).over("7d").default(0) }) });
// @ts-expect-error Property 'default' does not exist on type 'Decayable<
// oxfmt-ignore
featureView("v", { ...view, features: ({ sum }) => ({ x: sum((p) => p.amount).default(0).over("7d") }) });
// @ts-expect-error 'x' has no window: add .over(\"7d\"), .session(\"30m\") or .lifetime()
featureView("v", { ...view, features: ({ count }) => ({ x: count().by((p) => p.category) }) });

// ---- corrections, entity sources and enrichment
const row = { ...schema, ok: t.boolean() };
const shops = entitySource("shops", { schema: { ...row, seller: t.string() }, eventTime: "at", availableAt: "loaded_at", batch });
// @ts-expect-error Property 'trustedFrom' is missing in type '{ column: "loaded_at"; delay: "1h"; }'
events("s", { schema, eventTime: "at", availableAt: { column: "loaded_at", delay: "1h" }, batch });
// @ts-expect-error Type '"name"' is not assignable to type '"ok"'
events("s", { schema: row, eventTime: "at", availableAt: "loaded_at", id: "row_id", deleted: "name", batch });
// @ts-expect-error "the schema has no t.boolean() column"
events("s", { schema, eventTime: "at", availableAt: "loaded_at", id: "row_id", deleted: "name", batch });
// @ts-expect-error Type '"revision"' is not assignable to type '"at" | "loaded_at" | "name" | "row_id"'
events("s", { schema, eventTime: "at", availableAt: "loaded_at", id: "row_id", version: "revision", batch });
// @ts-expect-error 'id' does not exist in type
entitySource("s", { schema, eventTime: "at", availableAt: "loaded_at", id: "row_id", batch });
// @ts-expect-error Property 'batch' is missing in type
entitySource("s", { schema, eventTime: "at", availableAt: "loaded_at" });
// @ts-expect-error Property 'count' does not exist on type 'Latest<
featureView("v", { entity: user.columns({ user_id: "name" }), source: shops, refresh: daily, features: ({ count }) => ({ x: count().over("1d") }) });
// @ts-expect-error Property 'over' does not exist on type 'Feature<boolean>'
// oxfmt-ignore
featureView("v", { entity: user.columns({ user_id: "name" }), source: shops, refresh: daily, features: ({ latest }) => ({ x: latest((s) => s.ok).over("1d") }) });
// @ts-expect-error Type 'Latest< ... is missing the following properties from type 'Aggregates<
enriched(shops, "shop", purchases, { key: { seller: "seller" }, columns: ["ok"] });
// @ts-expect-error 'selller' does not exist in type ... Did you mean to write 'seller'?
enriched(purchases, "shop", shops, { key: { selller: "seller" }, columns: ["ok"] });
// @ts-expect-error Type '"amount"' is not assignable to type
enriched(purchases, "shop", shops, { key: { seller: "amount" }, columns: ["ok"] });
// @ts-expect-error Type '"okay"' is not assignable to type '"at" | "loaded_at" | "name" | "ok" | "row_id" | "seller"'
enriched(purchases, "shop", shops, { key: { seller: "seller" }, columns: ["okay"] });

// ---- derived features
const derived = featureService("s", { features: [spending.pick("spend_7d")], request: { amount: t.float64() } });
// @ts-expect-error there is a feature 'spend_7d' already
derived.derive("spend_7d", t.float64(), (_, request) => request.amount);
// @ts-expect-error Property 'spend_7' does not exist on type ... Did you mean 'spend_7d'?
derived.derive("x", t.float64(), (features) => features.spend_7);
// @ts-expect-error Property 'amuont' does not exist on type ... Did you mean 'amount'?
derived.derive("x", t.float64(), (_, request) => request.amuont);
// @ts-expect-error Type 'number | null' is not assignable to type 'number'
derived.derive("x", t.float64(), (features) => features.spend_7d);
// @ts-expect-error Type 'string' is not assignable to type 'number'
derived.derive("x", t.float64(), (_, request) => String(request.amount));
