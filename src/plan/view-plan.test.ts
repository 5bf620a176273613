// Plans: what a definition compiles to, what shares what, which version it has, and what cannot be compiled.
import { describe, expect, test } from "vitest";
import { aggregates, type Aggregates } from "../define/aggregate.ts";
import { entity } from "../define/entity.ts";
import { events, parquet, rows } from "../define/source.ts";
import { every, streaming } from "../define/refresh.ts";
import { featureService } from "../define/feature-service.ts";
import { featureView, type View } from "../define/feature-view.ts";
import { fingerprint } from "./fingerprint.ts";
import { mentionedColumns } from "./columns.ts";
import { planService } from "./service-plan.ts";
import { planView, type ViewPlan } from "./view-plan.ts";
import { t } from "../schema/value-type.ts";
import { DAY } from "../time.ts";

const user = entity("user", { user_id: t.string() });
const schema = { user_id: t.string(), at: t.timestamp(), amount: t.float64(), cents: t.int64(), category: t.string() };
const purchases = events("purchases", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: parquet("a.parquet") });
type Row = typeof purchases extends { readonly "~row": infer R } ? R : never;
const amount = (row: Row): number => row.amount;

function define(
  features: (all: Aggregates<Row>) => Readonly<Record<string, unknown>>,
  changed: Readonly<Record<string, unknown>> = {},
  name = "v",
): View<string, unknown, unknown> {
  const loose = featureView as unknown as (name: string, config: object) => View<string, unknown, unknown>;
  return loose(name, { entity: user, source: purchases, refresh: every("1d"), features, ...changed });
}
const plan = (...args: Parameters<typeof define>): ViewPlan => planView(define(...args).definition);

describe("a view's plan", () => {
  test("evaluates one function once and slides one window once", () => {
    const { inputs, frames, features } = plan(({ sum, mean, count }) => ({
      a: sum(amount).over("1d"),
      b: mean(amount).over("7d"),
      n: count().over("24h"),
      m: count().lifetime(),
    }));
    expect(inputs).toEqual([{ value: amount, kind: "float64" }]);
    expect(frames).toEqual([
      { length: DAY, offset: 0, gap: null },
      { length: 7 * DAY, offset: 0, gap: null },
      { length: Infinity, offset: 0, gap: null },
    ]);
    expect(features.map(({ call, frame }) => [call.value, frame])).toEqual([
      [0, 0],
      [0, 1],
      [null, 0],
      [null, 2],
    ]);
  });

  test("knows the kind of each value", () => {
    const { features } = plan(({ sum, min, last, mean, count, max }) => ({
      a: sum((row) => row.cents).over("1d"),
      b: min((row) => row.at).over("1d"),
      c: last((row) => row.category).over("1d"),
      d: mean((row) => row.cents).over("1d"),
      e: count().over("1d"),
      f: max((row) => row.amount > 1).over("1d"),
    }));
    expect(features.map(({ kind }) => kind)).toEqual(["int128", "timestamp", "string", "float64", "int32", "boolean"]);
  });

  test("reads the columns that its functions mention, and not the others", () => {
    const { columns } = plan(({ sum }) => ({ a: sum(amount).over("1d") }), { where: (row: Row) => row.category === "x" });
    expect(columns).toEqual(expect.arrayContaining(["amount", "category"]));
    expect(columns).not.toEqual(expect.arrayContaining(["cents"]));
    expect(mentionedColumns([(row: { readonly a: number }) => row.a], ["a_b", "zz"])).toEqual([]);
  });
});

describe("a view's version", () => {
  const base = (): ViewPlan => plan(({ sum }) => ({ a: sum((row) => row.amount).over("1d") }));

  test("is the same wherever the same definition is compiled", () => {
    expect(base().version).toBe(base().version);
    expect(base().version).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each<readonly [string, () => ViewPlan]>([
    ["a function", () => plan(({ sum }) => ({ a: sum((row) => row.amount + 1).over("1d") }))],
    ["a window", () => plan(({ sum }) => ({ a: sum((row) => row.amount).over("2d") }))],
    ["an offset", () => plan(({ sum }) => ({ a: sum((row) => row.amount).over("1d", { offset: "1d" }) }))],
    ["a lifetime", () => plan(({ sum }) => ({ a: sum((row) => row.amount).lifetime() }))],
    ["an aggregate", () => plan(({ mean }) => ({ a: mean((row) => row.amount).over("1d") }))],
    [
      "a default",
      () =>
        plan(({ sum }) => ({
          a: sum((row) => row.amount)
            .over("1d")
            .default(0),
        })),
    ],
    ["a name", () => plan(({ sum }) => ({ b: sum((row) => row.amount).over("1d") }))],
    ["the refresh", () => plan(({ sum }) => ({ a: sum((row) => row.amount).over("1d") }), { refresh: streaming() })],
    ["the delay", () => plan(({ sum }) => ({ a: sum((row) => row.amount).over("1d") }), { refresh: every("1d", { delay: "1h" }) })],
    ["maxAge", () => plan(({ sum }) => ({ a: sum((row) => row.amount).over("1d") }), { maxAge: "2d" })],
    ["where", () => plan(({ sum }) => ({ a: sum((row) => row.amount).over("1d") }), { where: () => true })],
    [
      "the source",
      () =>
        plan(({ sum }) => ({ a: sum((row) => row.amount).over("1d") }), {
          source: events("purchases", { schema, eventTime: "at", availableAt: { delay: "1s" }, batch: parquet("a.parquet") }),
        }),
    ],
  ])("changes with %s", (_, changed) => {
    expect(changed().version).not.toBe(base().version);
  });

  test("is a hash of content: order of fields does not matter, the content of rows in memory does", () => {
    expect(fingerprint({ a: 1, b: [2n, -Infinity] })).toBe(fingerprint({ b: [2n, -Infinity], a: 1 }));
    expect(fingerprint({ a: 1n })).not.toBe(fingerprint({ a: 1 }));
    expect(fingerprint({ a: Infinity })).not.toBe(fingerprint({ a: null }));
    expect(fingerprint(rows([{ a: 1 }]))).not.toBe(fingerprint(rows([{ a: 2 }])));
    expect(fingerprint({ kind: "pinned" })).toBe("e56e6aff36296e98");
  });
});

describe("a view is refused", () => {
  test.each<readonly [string, (all: Aggregates<Row>) => Readonly<Record<string, unknown>>, string]>([
    ["for a sum of text", ({ sum }) => ({ a: sum(((row: Row) => row.category) as never).over("1d") }), "view v, feature a: sum(...) of a string. It takes "],
    ["for a mean of times", ({ mean }) => ({ a: mean(((row: Row) => row.at) as never).over("1d") }), "view v, feature a: mean(...) of a timestamp. It takes "],
    [
      "for a function of a column that is not there",
      ({ last }) => ({ a: last((row) => (row as unknown as { categry: string }).categry).over("1d") }),
      "view v, feature a: its function reads 'categry', which the source's schema does not have. Did you mean 'category'.",
    ],
    [
      "for a function of such a column whose type is declared",
      ({ last }) => ({ a: last((row) => (row as unknown as { categry: string }).categry, { type: t.string() }).over("1d") }),
      "view v, feature a: its function reads 'categry'",
    ],
    ["for a function without a type", ({ last }) => ({ a: last(() => null).over("1d") }), "view v, feature a: its function gives null for every sample row"],
    [
      "for a default of text for a number",
      ({ sum }) => ({
        a: sum(amount)
          .over("1d")
          .default("0" as never),
      }),
      'view v, feature a: its default "0" is no float64. Give it a value of type float64, or no default.',
    ],
    ["for a default of NaN", ({ sum }) => ({ a: sum(amount).over("1d").default(Number.NaN) }), "its default NaN is no float64."],
    [
      "for a number where an int64 stands",
      ({ max }) => ({
        a: max((row) => row.cents)
          .over("1d")
          .default(0 as never),
      }),
      "its default 0 is no int64.",
    ],
    [
      "for a default beyond int64",
      ({ max }) => ({
        a: max((row) => row.cents)
          .over("1d")
          .default(2n ** 63n),
      }),
      "its default 9223372036854775808 is no int64.",
    ],
    [
      "for a default of text for a time",
      ({ min }) => ({
        a: min((row) => row.at)
          .over("1d")
          .default("2001-01-01" as never),
      }),
      'its default "2001-01-01" is no timestamp.',
    ],
  ])("%s", (_, features, message) => {
    expect(() => plan(features)).toThrow(message);
  });

  test("for a where of a column that is not there", () => {
    const where = (row: Row): boolean => (row as unknown as { amuont: number }).amuont > 0;
    expect(() => plan(({ count }) => ({ n: count().over("1d") }), { where })).toThrow("view v, where: its function reads 'amuont'");
  });

  test("declared types stand where no sample can show one", () => {
    const { features } = plan(({ last }) => ({ a: last((row) => (row.category === "q" + "z" ? row.category : null), { type: t.string() }).over("1d") }));
    expect(features[0]?.kind).toBe("string");
    expect(Object.keys(aggregates<Row>())).not.toContain("decayedSum");
  });
});

describe("a service's plan", () => {
  const loose = featureService as unknown as (name: string, config: object) => ReturnType<typeof featureService>;
  const view = define(({ sum, count }) => ({ spend: sum(amount).over("1d"), n: count().over("1d") }));
  const renamed = (view as unknown as { as(prefix: string, keys: object): unknown }).as("seller", { user_id: "seller_id" });

  test("has each key once and each feature where its view is", () => {
    const { keys, request, views, features } = planService(loose("s", { features: [view, renamed], request: { price: t.float64().nullable() } }));
    expect(keys.map(({ name, kind }) => [name, kind])).toEqual([
      ["user_id", "string"],
      ["seller_id", "string"],
    ]);
    expect(request).toEqual([{ name: "price", kind: "float64", nullable: true }]);
    expect(views.map(({ name, keyNames }) => [name, keyNames])).toEqual([
      ["v", ["user_id"]],
      ["seller", ["seller_id"]],
    ]);
    expect(views[0]?.view).toBe(views[1]?.view);
    expect(features.map(({ name, view: of, feature }) => [name, of, feature])).toEqual([
      ["spend", 0, 0],
      ["n", 0, 1],
      ["seller_spend", 1, 0],
      ["seller_n", 1, 1],
    ]);
  });

  test("refuses two views of one name", () => {
    const other = define(({ count }) => ({ other: count().over("2d") }));
    expect(() => planService(loose("s", { features: [view, other] }))).toThrow("two different feature views are named 'v'. Rename one of them.");
  });
});
