// Feature views and services: what they expose, and what they refuse where no compiler has.
import { describe, expect, test } from "vitest";
import { entity } from "./entity.ts";
import { events, parquet } from "./source.ts";
import { every } from "./refresh.ts";
import { featureService as typedService } from "./feature-service.ts";
import { featureView as typedView, type View } from "./feature-view.ts";
import { labels as typedLabels } from "./labels.ts";
import { t } from "../schema/value-type.ts";
import type { Aggregates } from "./aggregate.ts";
import { DAY } from "../time.ts";

type Loose<R> = (name: unknown, config: Readonly<Record<string, unknown>>) => R;
/** As a user without a compiler calls them. */
const featureView = typedView as unknown as Loose<View<string, unknown, unknown>>;
const featureService = typedService as unknown as Loose<ReturnType<typeof typedService>>;
const labels = typedLabels as unknown as Loose<ReturnType<typeof typedLabels>>;

const user = entity("user", { user_id: t.string() });
const from = parquet("a.parquet");
const source = events("s", {
  schema: { user_id: t.string(), number: t.int32(), at: t.timestamp(), amount: t.float64() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: from,
});
type Row = { readonly amount: number };
const features = ({ count, sum }: Aggregates<Row>) => ({ n: count().over("1d"), spend: sum((row) => row.amount).overEach("1d", "7d") });
const good = { entity: user, source, refresh: every("1d"), features };
const view = featureView("v", good);

describe("a feature view", () => {
  test("has one feature for each window of overEach", () => {
    expect(view.exposed.map(({ name }) => name)).toEqual(["n", "spend_1d", "spend_7d"]);
    expect(view.definition.features.map(({ window }) => window)).toEqual([DAY, DAY, 7 * DAY].map((length) => ({ length, offset: 0, gap: null })));
  });

  test("is picked and renamed without being defined again", () => {
    const loose = view as unknown as {
      as(prefix: string, keys: object): View<string, unknown, unknown>;
      pick(...names: string[]): View<string, unknown, unknown>;
    };
    const seller = loose.as("seller", { user_id: "seller_id" });
    expect(seller).toMatchObject({ name: "seller", keyNames: ["seller_id"], definition: view.definition });
    expect(seller.exposed[1]).toEqual({ name: "seller_spend_1d", feature: "spend_1d" });
    expect(() => loose.pick("spend_2d")).toThrow("view v.pick: there is no feature 'spend_2d'. Did you mean 'spend_1d'.");
    expect(() => loose.pick("n", "n")).toThrow("view v.pick: there are two features 'n'.");
    expect(() => loose.as("x", { userid: "y" })).toThrow("view v.as: there is no key 'userid'. Did you mean 'user_id'.");
    expect(() => loose.as("x y", {})).toThrow('"x y" cannot be the name of a view\'s prefix.');
  });
});

describe("a feature view is refused", () => {
  const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    [
      "with a window of 0",
      { features: ({ count }: Aggregates<Row>) => ({ n: count().over("0d" as "1d") }) },
      "'0d' is no duration. Write one positive whole number and ms, s, m, h, d or w",
    ],
    ["with a window of words", { features: ({ count }: Aggregates<Row>) => ({ n: count().over("30 days" as "1d") }) }, "'30 days' is no duration."],
    [
      "with a bad window among several",
      { features: ({ count }: Aggregates<Row>) => ({ n: count().overEach("1d", "1.5h" as "1h") }) },
      "'1.5h' is no duration.",
    ],
    [
      "with a negative offset",
      { features: ({ count }: Aggregates<Row>) => ({ n: count().over("1d", { offset: "-1d" }) }) },
      "count(...).over, offset: '-1d' is no duration.",
    ],
    [
      "without a window",
      { features: ({ count }: Aggregates<Row>) => ({ n: count() }) },
      'view v, feature n: it has no window. Add .over("7d"), .session("30m") or .lifetime().',
    ],
    ["without a feature", { features: () => ({}) }, 'view v: it has no feature. Return at least one: { n: count().over("7d") }.'],
    [
      "with two features of one name",
      { features: ({ count }: Aggregates<Row>) => ({ n: count().overEach("1d"), n_1d: count().over("1d") }) },
      "view v: there are two features 'n_1d'. Rename one of them.",
    ],
    [
      "with the same window twice",
      { features: ({ count }: Aggregates<Row>) => ({ n: count().overEach("1d", "1d") }) },
      "view v: there are two features 'n_1d'.",
    ],
    [
      "with a sum of nothing",
      { features: ({ sum }: Aggregates<Row>) => ({ n: (sum as () => ReturnType<typeof sum>)().over("1d") }) },
      "sum(...): it takes a function of the row. Write sum((row) => row.column).",
    ],
    [
      "with a feature named __proto__",
      { features: ({ count }: Aggregates<Row>) => ({ ["__proto__"]: count().over("1d") }) },
      '"__proto__" cannot be the name of a feature of view v.',
    ],
    [
      "with a feature whose name sets a prototype",
      { features: ({ count }: Aggregates<Row>) => ({ __proto__: count().over("1d"), n: count().over("1d") }) },
      '"__proto__" cannot be the name of a feature of view v.',
    ],
    ["with a misspelt setting", { maxage: "1d" }, "view v: there is no setting 'maxage'. Did you mean 'maxAge'."],
    [
      "with a feature named in SQL",
      { features: ({ count }: Aggregates<Row>) => ({ 'n"; --': count().over("1d") }) },
      "cannot be the name of a feature of view v.",
    ],
    ["with a maxAge of 0", { maxAge: "0s" }, "view v, maxAge: '0s' is no duration."],
    [
      "for a key that the source lacks",
      { entity: entity("e", { userid: t.string() }) },
      "view v: source s has no column 'userid' for key 'userid'. Did you mean 'user_id', or say which column holds it: e.columns({ userid: \"...\" }).",
    ],
    [
      "for a key of Object.prototype",
      { entity: entity("e", { isPrototypeOf: t.string() }) },
      "view v: source s has no column 'isPrototypeOf' for key 'isPrototypeOf'.",
    ],
    [
      "for a key of another type",
      { entity: entity("e", { number: t.string() }) },
      "view v: key 'number' is t.string(), but column 'number' of source s is t.int32(). Give both the same type.",
    ],
  ];
  test.each(wrong)("%s", (_, changed, message) => {
    expect(() => featureView("v", { ...good, ...changed })).toThrow(message);
  });

  test("refreshed at no time of day", () => {
    expect(() => every("1d", { at: "25:00" })).toThrow("every, at: '25:00' is no time of day. Write hours and minutes in UTC, such as 02:00.");
    expect(() => every("1d", { at: "02:60" })).toThrow("'02:60' is no time of day.");
    expect(() => every("0m" as "1m")).toThrow("every: '0m' is no duration.");
    expect(() => every("1d", { delays: "1h" } as object)).toThrow("every: there is no setting 'delays'. Did you mean 'delay'.");
  });
});

describe("a feature service is refused", () => {
  const other = featureView("w", { ...good, features: ({ count }: Aggregates<Row>) => ({ n: count().over("2d") }) });
  const byNumber = featureView("x", {
    ...good,
    entity: entity("e", { number: t.int32() }),
    features: ({ count }: Aggregates<Row>) => ({ m: count().over("2d") }),
  });
  const renamed = (byNumber as unknown as { as(prefix: string, keys: object): unknown }).as("y", { number: "user_id" });
  test.each([
    ["without a view", { features: [] }, "service s: it has no view. List at least one: features: [spending]."],
    [
      "with one feature name from two views",
      { features: [view, other] },
      "service s: 'n' comes from view v and from view w. Rename with view.as(\"prefix\") or choose with view.pick(...).",
    ],
    ["with a request field that is a feature", { features: [view], request: { n: t.float64() } }, "service s: 'n' comes from view v and from the request."],
    ["with a request field that is a key", { features: [view], request: { user_id: t.string() } }, "service s: 'user_id' is a key and a request field."],
    ["with a request field of no name", { features: [view], request: { "a b": t.string() } }, '"a b" cannot be the name of a request field of service s.'],
    ["with one key of two types", { features: [view, renamed] }, "service s: key 'user_id' is t.string() in one view and t.int32() in another."],
    ["with a misspelt setting", { features: [view], requests: {} }, "service s: there is no setting 'requests'. Did you mean 'request'."],
    [
      "with labels for features",
      { features: [view, labels("l", { schema: { at: t.timestamp() }, at: "at", from })] },
      'service s: features holds "labels". List feature views; labels go to store.training(service, labels).',
    ],
  ])("%s", (_, config, message) => {
    expect(() => featureService("s", config)).toThrow(message);
  });
});

describe("labels are refused", () => {
  test.each([
    ["without their time", { schema: { at: t.timestamp() }, at: "time", from }, "labels l: at names 'time', which the schema does not have."],
    ["with a time that is none", { schema: { at: t.timestamp(), y: t.boolean() }, at: "y", from }, "labels l: at names 'y', which is t.boolean()."],
    [
      "with a misspelt setting",
      { schema: { at: t.timestamp() }, at: "at", from, form: from },
      "labels l: there is no setting 'form'. There are: schema, at, from, maturity.",
    ],
  ])("%s", (_, config, message) => {
    expect(() => labels("l", config)).toThrow(message);
  });
});
