// What a user without a compiler mistypes, form by form: `messages.txt` holds what each is told, with its place and its cure.
import { describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import * as asof from "asof";
import { planView } from "../../src/plan/view-plan.ts";
import type { ViewDefinition } from "../../src/define/feature-view.ts";

type Name =
  | "as"
  | "by"
  | "columns"
  | "count"
  | "currentItems"
  | "decayed"
  | "default"
  | "derive"
  | "distinctCount"
  | "exists"
  | "last"
  | "lastN"
  | "latest"
  | "lifetime"
  | "mean"
  | "median"
  | "min"
  | "over"
  | "overEach"
  | "pick"
  | "quantile"
  | "session"
  | "sum"
  | "timeSinceLast"
  | "topK"
  | "valueCounts"
  | "within";
/** Anything that a definition can call, with anything. */
type Loose = ((...given: readonly unknown[]) => Loose) & { readonly [N in Name]: Loose } & { readonly definition: ViewDefinition };
type Settings = Readonly<Record<string, unknown>>;
interface Row {
  readonly id: string;
  readonly at: unknown;
  readonly amount: number;
  readonly n: number;
  readonly cents: bigint;
  readonly item: string;
  readonly ok: boolean;
}
/** Definitions that must be refused. */
type Mistakes = Readonly<Record<string, () => unknown>>;

/** As a user without a compiler calls them. */
const { csv, defineConfig, duckdb, embedded, enriched, entity, entitySource, events, every } = asof as unknown as Readonly<Record<keyof typeof asof, Loose>>;
const { featureService, featureView, ingest, json, kafka, labels, outcome, parquet, rows, sql, streaming } = asof as unknown as Readonly<
  Record<keyof typeof asof, Loose>
>;
const { t } = asof;

const schema = {
  id: t.string(),
  user_id: t.string(),
  at: t.timestamp(),
  loaded_at: t.timestamp(),
  amount: t.float64(),
  n: t.int32(),
  cents: t.int64(),
  item: t.string(),
  ok: t.boolean(),
};
const user = entity("user", { user_id: t.string() });
const good = { schema, eventTime: "at", availableAt: "loaded_at", batch: rows([]) };
const source = events("s", good);
const things = entitySource("things", good);
type Features = ((aggregates: Loose) => unknown) | Settings;
const V =
  (features: Features, more: Settings = {}) =>
  () =>
    planView(featureView("v", { entity: user, source, refresh: streaming(), features, ...more }).definition);
const L = (features: Features) => V(features, { source: things });
const E = (more: Settings) => () => events("s", { ...good, ...more });
const O =
  (label: (aggregates: Loose) => unknown, more: Settings = {}) =>
  () =>
    outcome("o", { entity: user, source, label, ...more });
const view = featureView("v", { entity: user, source, refresh: streaming(), features: ({ count }: Loose) => ({ n: count().over("1d") }) });
const S =
  (more: Settings = {}) =>
  () =>
    featureService("s", { features: [view], ...more });

const AGGREGATES: Mistakes = {
  "count of a function": V(({ count }) => ({ x: count((r: Row) => r.n).over("1d") })),
  "count option": V(({ count }) => ({ x: count({ limit: 3 }).over("1d") })),
  "sum of column name": V(({ sum }) => ({ x: sum("amount").over("1d") })),
  "sum limit option": V(({ sum }) => ({ x: sum((r: Row) => r.amount, { limit: 3 }).over("1d") })),
  "sum extra arg": V(({ sum }) => ({ x: sum((r: Row) => r.amount, {}, 3).over("1d") })),
  "sum text": V(({ sum }) => ({ x: sum((r: Row) => r.item).over("1d") })),
  "options a number": V(({ sum }) => ({ x: sum((r: Row) => r.amount, 3).over("1d") })),
  "options null": V(({ sum }) => ({ x: sum((r: Row) => r.amount, null).over("1d") })),
  "options a string": V(({ sum }) => ({ x: sum((r: Row) => r.amount, "7d").over("1d") })),
  "quantile 90": V(({ quantile }) => ({ x: quantile((r: Row) => r.amount, 90).over("1d") })),
  "quantile missing": V(({ quantile }) => ({ x: quantile((r: Row) => r.amount).over("1d") })),
  "quantile text": V(({ quantile }) => ({ x: quantile((r: Row) => r.amount, "0.9").over("1d") })),
  "topK none": V(({ topK }) => ({ x: topK((r: Row) => r.item).over("1d") })),
  "topK 0": V(({ topK }) => ({ x: topK((r: Row) => r.item, 0).over("1d") })),
  "topK options first": V(({ topK }) => ({ x: topK((r: Row) => r.item, { limit: 3 }).over("1d") })),
  "lastN 2.5": V(({ lastN }) => ({ x: lastN((r: Row) => r.item, 2.5).over("1d") })),
  "lastN 1e6": V(({ lastN }) => ({ x: lastN((r: Row) => r.item, 1e6).over("1d") })),
  "lastN order": V(({ lastN }) => ({ x: lastN(3, (r: Row) => r.item).over("1d") })),
  "limit 0": V(({ distinctCount }) => ({ x: distinctCount((r: Row) => r.item, { limit: 0 }).over("1d") })),
  "limit text": V(({ distinctCount }) => ({ x: distinctCount((r: Row) => r.item, { limit: "3" }).over("1d") })),
  "scale 20": V(({ sum }) => ({ x: sum((r: Row) => r.amount, { scale: 20 }).over("1d") })),
  "scale of int64": V(({ sum }) => ({ x: sum((r: Row) => r.cents, { scale: 2 }).over("1d") })),
  "scale of min": V(({ min }) => ({ x: min((r: Row) => r.amount, { scale: 2 }).over("1d") })),
  "type text": V(({ last }) => ({ x: last((r: Row) => r.item, { type: "string" }).over("1d") })),
  "type t.string fn": V(({ last }) => ({ x: last((r: Row) => r.item, { type: t.string }).over("1d") })),
  "currentItems no add": V(({ currentItems }) => ({ x: currentItems((r: Row) => r.item).over("1d") })),
  "currentItems add text": V(({ currentItems }) => ({ x: currentItems((r: Row) => r.item, { add: "ok" }).over("1d") })),
  "currentItems add number": V(({ currentItems }) => ({ x: currentItems((r: Row) => r.item, { add: (r: Row) => r.n }).over("1d") })),
  "currentItems remove": V(({ currentItems }) => ({ x: currentItems((r: Row) => r.item, { add: (r: Row) => r.ok, remove: (r: Row) => r.ok }).over("1d") })),
  "exists of number": V(({ exists }) => ({ x: exists((r: Row) => r.n).over("1d") })),
  "timeSinceLast of text fn": V(({ timeSinceLast }) => ({ x: timeSinceLast((r: Row) => r.item).over("1d") })),
  "timeSinceLast options": V(({ timeSinceLast }) => ({ x: timeSinceLast({ unit: "d" }).over("1d") })),
  "valueCounts of time": V(({ valueCounts }) => ({ x: valueCounts((r: Row) => r.at).over("1d") })),
  "unknown aggregate": V(({ median }) => ({ x: median((r: Row) => r.amount).over("1d") })),
};

const WINDOWS: Mistakes = {
  "by time": V(({ count }) => ({
    x: count()
      .by((r: Row) => r.at)
      .over("1d"),
  })),
  "by text": V(({ count }) => ({ x: count().by("item").over("1d") })),
  "by nothing": V(({ count }) => ({ x: count().by().over("1d") })),
  "by twice": V(({ count }) => ({
    x: count()
      .by((r: Row) => r.item)
      .by((r: Row) => r.n)
      .over("1d"),
  })),
  "by limit 0": V(({ count }) => ({
    x: count()
      .by((r: Row) => r.item, { limit: 0 })
      .over("1d"),
  })),
  "by limits": V(({ count }) => ({
    x: count()
      .by((r: Row) => r.item, { limits: 2 })
      .over("1d"),
  })),
  "by decayed order": V(({ count }) => ({
    x: count()
      .by((r: Row) => r.item)
      .decayed("1d")
      .over("1d"),
  })),
  "by after window": V(({ count }) => ({
    x: count()
      .over("1d")
      .by((r: Row) => r.item),
  })),
  "decayed mean": V(({ mean }) => ({
    x: mean((r: Row) => r.amount)
      .decayed("1d")
      .over("7d"),
  })),
  "decayed twice": V(({ count }) => ({ x: count().decayed("1d").decayed("1d").over("7d") })),
  "decayed scale": V(({ sum }) => ({
    x: sum((r: Row) => r.amount, { scale: 2 })
      .decayed("1d")
      .over("7d"),
  })),
  "decayed 0": V(({ count }) => ({ x: count().decayed("0s").over("7d") })),
  "decayed none": V(({ count }) => ({ x: count().decayed().over("7d") })),
  "window missing": V(({ count }) => ({ x: count() })),
  "over nothing": V(({ count }) => ({ x: count().over() })),
  "over number": V(({ count }) => ({ x: count().over(7) })),
  "over 2 windows": V(({ count }) => ({ x: count().over("1d", "7d") })),
  "over offset misspelt": V(({ count }) => ({ x: count().over("1d", { ofset: "7d" }) })),
  "over offset number": V(({ count }) => ({ x: count().over("1d", { offset: 7 }) })),
  "overEach none": V(({ count }) => ({ x: count().overEach() })),
  "overEach array": V(({ count }) => ({ x: count().overEach(["1d", "7d"]) })),
  "session 0m": V(({ count }) => ({ x: count().session("0m") })),
  "session none": V(({ count }) => ({ x: count().session() })),
  "session options": V(({ count }) => ({ x: count().session("1m", { offset: "1d" }) })),
  "lifetime arg": V(({ count }) => ({ x: count().lifetime("7d") })),
  "within in view": V(({ count }) => ({ x: count().within("7d") })),
  "default text of count": V(({ count }) => ({ x: count().over("1d").default("0") })),
  "default of a list": V(({ lastN }) => ({
    x: lastN((r: Row) => r.item, 2)
      .over("1d")
      .default([]),
  })),
  "default of a map": V(({ valueCounts }) => ({
    x: valueCounts((r: Row) => r.item)
      .over("1d")
      .default(0),
  })),
  "default null": V(({ sum }) => ({
    x: sum((r: Row) => r.amount)
      .over("1d")
      .default(null),
  })),
  "default undefined": V(({ sum }) => ({
    x: sum((r: Row) => r.amount)
      .over("1d")
      .default(),
  })),
  "default number of int64": V(({ sum }) => ({
    x: sum((r: Row) => r.cents)
      .over("1d")
      .default(0),
  })),
  "default NaN": V(({ sum }) => ({
    x: sum((r: Row) => r.amount)
      .over("1d")
      .default(NaN),
  })),
  "default before window": V(({ sum }) => ({
    x: sum((r: Row) => r.amount)
      .default(0)
      .over("1d"),
  })),
  "default fraction of int": V(({ count }) => ({ x: count().over("1d").default(0.5) })),
};

const VIEWS: Mistakes = {
  "where in entity source": V(({ latest }) => ({ x: latest((r: Row) => r.amount) }), { source: things, where: () => true }),
  "where text": V(({ count }) => ({ x: count().over("1d") }), { where: "ok" }),
  "features an object": V({ x: 1 }),
  "features return nothing": V(() => undefined),
  "features return array": V(({ count }) => [count().over("1d")]),
  "feature is number": V(() => ({ x: 3 })),
  "feature is null": V(() => ({ x: null })),
  "feature is a function": V(({ count }) => ({ x: count })),
  "refresh text": V(({ count }) => ({ x: count().over("1d") }), { refresh: "1d" }),
  "refresh uncalled": V(({ count }) => ({ x: count().over("1d") }), { refresh: streaming }),
  "refresh missing": V(({ count }) => ({ x: count().over("1d") }), { refresh: undefined }),
  "entity missing": V(({ count }) => ({ x: count().over("1d") }), { entity: undefined }),
  "entity a text": V(({ count }) => ({ x: count().over("1d") }), { entity: "user" }),
  "source missing": V(({ count }) => ({ x: count().over("1d") }), { source: undefined }),
  "source a batch": V(({ count }) => ({ x: count().over("1d") }), { source: parquet("x") }),
  "maxAge number": V(({ count }) => ({ x: count().over("1d") }), { maxAge: 5 }),
  "config missing": () => featureView("v"),
  "every number": () => every(5),
  "every none": () => every(),
  "every at number": () => every("1d", { at: 2 }),
  "streaming text": () => streaming("5m"),
  "streaming at": () => streaming({ at: "02:00" }),
  "pick none": () => view.pick(),
  "as none": () => view.as(),
  "as keys number": () => view.as("x", { user_id: 4 }),
};

const SOURCES: Mistakes = {
  "version without id": E({ version: "n" }),
  "deleted without id": E({ deleted: "ok" }),
  "deleted no boolean": E({ id: "id", deleted: "item" }),
  "deleted unknown": E({ id: "id", deleted: "okk" }),
  "version unknown": E({ id: "id", version: "vers" }),
  "id unknown": E({ id: "order" }),
  "ahead number": E({ ahead: 5 }),
  "late 0": E({ late: "0d" }),
  "tieBreak text": E({ tieBreak: "id" }),
  "schema text types": E({ schema: { ...schema, x: "string" } }),
  "schema uncalled": E({ schema: { ...schema, x: t.string } }),
  "schema missing": E({ schema: undefined }),
  "eventTime missing": E({ eventTime: undefined }),
  "availableAt empty": E({ availableAt: {} }),
  "availableAt null": E({ availableAt: null }),
  "availableAt column only": E({ availableAt: { column: "loaded_at" } }),
  "trusted without column": E({ availableAt: { trustedFrom: "2026-01-01", delay: "1h" } }),
  "column+delay only": E({ availableAt: { column: "loaded_at", delay: "1h" } }),
  "batch a text": E({ batch: "x.parquet" }),
  "batch uncalled": E({ batch: parquet }),
  "stream text": E({ stream: "topic", id: "id", late: "1d" }),
  "batch a list": E({ batch: [{}] }),
};

const BATCHES: Mistakes = {
  "parquet nothing": () => parquet(),
  "csv opts text": () => csv("a", ";"),
  "csv delimiter ''": () => csv("a", { delimiter: "" }),
  "csv delimiter long": () => csv("a", { delimiter: "ab" }),
  "duckdb nothing": () => duckdb("a"),
  "sql none": () => sql("SELECT 1"),
  "sql text table": () => sql("SELECT 1", { a: "x.csv" }),
  "rows object": () => rows({}),
  "rows none": () => rows(),
  "json number": () => json(5),
  "kafka none": () => kafka(),
  "sql from missing": () => sql("SELECT 1", { a: { schema } }),
  "sql schema missing": () => sql("SELECT 1", { a: { from: csv("x") } }),
};

const ENTITIES: Mistakes = {
  "latest in events": V(({ latest }) => ({ x: latest((r: Row) => r.amount) })),
  "count in entity source": L(({ count }) => ({ x: count().over("1d") })),
  "latest over": L(({ latest }) => ({ x: latest((r: Row) => r.amount).over("1d") })),
  "latest nothing": L(({ latest }) => ({ x: latest() })),
  "latest options": L(({ latest }) => ({ x: latest((r: Row) => r.amount, { limit: 3 }) })),
  "entitySource id": () => entitySource("e", { ...good, id: "id" }),
  "entitySource stream": () => entitySource("e", { ...good, stream: ingest() }),
  "entitySource no batch": () => entitySource("e", { ...good, batch: undefined }),
  "entitySource deleted": () => entitySource("e", { ...good, deleted: "item" }),
  "entitySource late": () => entitySource("e", { ...good, late: "1d" }),
  "enriched order": () => enriched(things, "x", source, { key: { user_id: "user_id" }, columns: ["item"] }),
  "enriched key unknown": () => enriched(source, "x", things, { key: { userid: "user_id" }, columns: ["item"] }),
  "enriched key other type": () => enriched(source, "x", things, { key: { user_id: "n" }, columns: ["item"] }),
  "enriched key none": () => enriched(source, "x", things, { key: {}, columns: ["item"] }),
  "enriched column unknown": () => enriched(source, "x", things, { key: { user_id: "user_id" }, columns: ["items"] }),
  "enriched columns none": () => enriched(source, "x", things, { key: { user_id: "user_id" }, columns: [] }),
  "enriched columns missing": () => enriched(source, "x", things, { key: { user_id: "user_id" } }),
  "enriched keys": () => enriched(source, "x", things, { keys: { user_id: "user_id" }, columns: ["item"] }),
  "enriched key missing": () => enriched(source, "x", things, { columns: ["item"] }),
  "enriched prefix": () => enriched(source, "x y", things, { key: { user_id: "user_id" }, columns: ["item"] }),
  "enriched no options": () => enriched(source, "x", things),
  "enriched column object": () => enriched(source, "x", things, { key: { user_id: "user_id" }, columns: "item" }),
  "enriched taken": () =>
    enriched(events("e", { ...good, schema: { ...schema, x_item: t.string() } }), "x", things, { key: { user_id: "user_id" }, columns: ["item"] }),
  "entity none": () => entity("e", {}),
  "entity float": () => entity("e", { x: t.float64() }),
  "entity nullable": () => entity("e", { x: t.string().nullable() }),
  "entity no keys": () => entity("e"),
  "entity text keys": () => entity("e", ["user_id"]),
  "entity key text": () => entity("e", { user_id: "string" }),
  "columns unknown": () => user.columns({ id: "x" }),
  "columns number": () => user.columns({ user_id: 5 }),
  "columns none": () => user.columns(),
};

const SERVICES: Mistakes = {
  "service one view": S({ features: view }),
  "service view def": S({ features: ["v"] }),
  "service features missing": S({ features: undefined }),
  "service null": S({ features: [null] }),
  "service request text": S({ request: { amount: "float64" } }),
  "service request list": S({ request: ["amount"] }),
  "derive no fn": () => S()().derive("x", t.float64()),
  "derive no type": () => S()().derive("x", (f: Row) => f.n),
  "derive taken": () => S()().derive("n", t.float64(), () => 1),
  "derive key": () => S()().derive("user_id", t.float64(), () => 1),
  "derive bad name": () => S()().derive("a b", t.float64(), () => 1),
  "derive twice": () =>
    S()()
      .derive("x", t.float64(), () => 1)
      .derive("x", t.float64(), () => 1),
  "config none": () => defineConfig({}),
  "config a view": () => defineConfig({ services: [view] }),
  "config online text": () => defineConfig({ services: [S()()], online: ".asof" }),
  "config memory": () => defineConfig({ services: [S()()], offline: { memory: "2 gigs" } }),
  "config memory number": () => defineConfig({ services: [S()()], offline: { memory: 2 } }),
  "embedded text": () => embedded("x"),
  "embedded none": () => embedded(),
  "servingLog true": () => defineConfig({ services: [S()()], servingLog: true }),
};

const LABELS: Mistakes = {
  "labels outcome as at": O(({ exists }) => exists().within("1d"), { at: source }),
  "outcome over": O(({ exists }) => exists().over("1d")),
  "outcome none": O(({ exists }) => exists()),
  "outcome object": O(({ exists }) => ({ y: exists().within("1d") })),
  "outcome default": O(({ sum }) =>
    sum((r: Row) => r.amount)
      .within("1d")
      .default(0),
  ),
  "outcome misspelt": O(({ exists }) => exists().within("1d"), { wher: 1 }),
  "outcome entity source": () => outcome("o", { entity: user, source: things, label: ({ exists }: Loose) => exists().within("1d") }),
  "outcome within 0": O(({ exists }) => exists().within("0d")),
  "outcome name taken": () => outcome("user_id", { entity: user, source, label: ({ exists }: Loose) => exists().within("1d") }),
  "outcome where text": O(({ exists }) => exists().within("1d"), { where: "ok" }),
  "outcome refresh": O(({ exists }) => exists().within("1d"), { refresh: every("1d") }),
  "labels maturity": () => labels("l", { schema: { at: t.timestamp() }, at: "at", from: rows([]), maturity: "soon" }),
  "labels from missing": () => labels("l", { schema: { at: t.timestamp() }, at: "at" }),
  "labels from text": () => labels("l", { schema: { at: t.timestamp() }, at: "at", from: "a.csv" }),
};

/** The messages, by the names of the mistakes. */
const MESSAGES: ReadonlyMap<string, string> = new Map(
  readFileSync(new URL("messages.txt", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/: (?=[A-Z_]+ )/, 2) as [string, string]),
);
const ALL = { AGGREGATES, WINDOWS, VIEWS, SOURCES, BATCHES, ENTITIES, SERVICES, LABELS };

describe.each(Object.entries(ALL))("mistakes in %s", (_, mistakes) => {
  test.each(Object.entries(mistakes))("%s", (mistake, make) => {
    expect(told(make)).toBe(MESSAGES.get(mistake));
  });
});

test("every message is of a mistake", () => {
  expect(Object.values(ALL).flatMap((mistakes) => Object.keys(mistakes))).toEqual([...MESSAGES.keys()]);
});

test("what they are written into is no mistake", () => {
  expect(
    told(
      V(({ sum }) => ({
        x: sum((r: Row) => r.amount)
          .over("1d")
          .default(0),
      })),
    ),
  ).toBe("nothing");
  for (const make of [L(({ latest }) => ({ x: latest((r: Row) => r.amount) })), E({}), S(), O(({ count }) => count().within("1d"))])
    expect(told(make)).toBe("nothing");
});

/** The code and the message of what a definition throws. */
function told(make: () => unknown): string {
  try {
    make();
    return "nothing";
  } catch (error) {
    if (error instanceof asof.AsofError) return `${error.code} ${error.message}`;
    throw error;
  }
}
