// The read path over a real store: statuses, defaults, keys, and every way in which a request can be wrong.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical } from "../schema/canonical.ts";
import { rowEncoder, type ViewRow } from "./row-codec.ts";
import { entity } from "../define/entity.ts";
import { events, rows } from "../define/source.ts";
import { every, streaming } from "../define/refresh.ts";
import { featureReader, type FeatureReader } from "./read.ts";
import { featureService } from "../define/feature-service.ts";
import { featureView } from "../define/feature-view.ts";
import { manualClock, timestamp, timestampOf, HOUR } from "../time.ts";
import { openLmdb } from "./stores/lmdb.ts";
import { planService } from "../plan/service-plan.ts";
import { planView, type ViewPlan } from "../plan/view-plan.ts";
import { t, type Value } from "../schema/value-type.ts";
import type { Answer } from "./answer.ts";
import type { OnlineStore } from "./store.ts";

const purchases = events("purchases", {
  schema: { user_id: t.string(), shop: t.int64(), at: t.timestamp(), amount: t.float64(), cents: t.int64(), kind: t.string().nullable() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: rows([]),
});
const user = entity("user", { user_id: t.string() });
const place = entity("place", { user_id: t.string(), shop: t.int64() });
const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1h"),
  maxAge: "3h",
  features: ({ count, sum, last, max }) => ({
    n: count().over("7d"),
    spend: sum((p) => p.amount)
      .over("7d")
      .default(0),
    cents: sum((p) => p.cents).over("1d"),
    kind: last((p) => p.kind, { type: t.string() })
      .over("7d")
      .default("none"),
    newest: max((p) => p.at).over("7d"),
  }),
});
const visits = featureView("visits", { entity: place, source: purchases, refresh: every("1h"), features: ({ count }) => ({ visits: count().lifetime() }) });
const service = featureService("checkout", {
  request: { amount: t.float64(), coupon: t.string().nullable() },
  features: [spending, visits, spending.pick("n").as("seller", { user_id: "seller_id" })],
});
const NEVER: ViewRow = { values: [], newest: [], failed: [] };
const REQUEST = { user_id: "u1", shop: 2n ** 63n - 1n, seller_id: "u\0", amount: 1.5, coupon: null };

describe("the read path", () => {
  const clock = manualClock(0);
  const spendingPlan = planView(spending.definition);
  const visitsPlan = planView(visits.definition);
  let store: OnlineStore;
  let reader: FeatureReader;
  let folder: string;
  const publish = (plan: ViewPlan, tick: number, entities: readonly (readonly [readonly Value[], ViewRow])[]): Promise<unknown> => {
    clock.set(tick + 1);
    const encode = rowEncoder(plan.features.map((feature) => feature.kind));
    const encoded = entities.map(([key, row]) => ({
      key: canonical(
        key,
        plan.keys.map((one) => one.kind),
      ),
      row: encode(row),
    }));
    return store.publish(
      plan,
      { tick, kind: "scheduled", startedAt: tick, snapshot: { source: "purchases", files: [] } },
      encoded.toSorted((a, b) => Buffer.compare(a.key, b.key)),
      clock,
    );
  };
  const one = async (changes: Readonly<Record<string, unknown>> = {}): Promise<Answer> => reader.one({ ...REQUEST, ...changes });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "asof-read-"));
    store = await openLmdb({ path: folder });
    reader = featureReader(planService(service), store, clock);
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  test("UNAVAILABLE before the first run: null or the default", async () => {
    const answer = await one();
    expect(answer.values).toEqual({ n: null, spend: 0, cents: null, kind: "none", newest: null, visits: null, seller_n: null });
    expect(new Set(Object.values(answer.status))).toEqual(new Set(["UNAVAILABLE"]));
    expect(answer.asOf["n"]).toBeNull();
    expect(answer.views).toEqual({ spending: null, visits: null, seller: null });
  });

  test("PRESENT, NULL, ERROR and NOT_FOUND, each with event time, as-of and version", async () => {
    await publish(spendingPlan, HOUR, [
      [["u1"], { values: [3, null, 2n ** 63n, null, timestampOf(7)], newest: [100, 90], failed: [1] }],
      [["u\0"], { values: [1, 0.5, null, "a", null], newest: [50, null], failed: [] }],
    ]);
    await publish(visitsPlan, 2 * HOUR, [[["u1", 2n ** 63n - 1n], { ...NEVER, values: [9], newest: [80] }]]);
    const answer = await one();
    expect(answer.values).toEqual({ n: 3, spend: 0, cents: 2n ** 63n, kind: "none", newest: timestampOf(7), visits: 9, seller_n: 1 });
    expect(answer.status).toEqual({ n: "PRESENT", spend: "ERROR", cents: "PRESENT", kind: "NULL", newest: "PRESENT", visits: "PRESENT", seller_n: "PRESENT" });
    expect(answer.eventTime).toEqual({ n: 100, spend: 100, cents: 90, kind: 100, newest: 100, visits: 80, seller_n: 50 });
    expect(answer.asOf).toEqual({ n: HOUR, spend: HOUR, cents: HOUR, kind: HOUR, newest: HOUR, visits: 2 * HOUR, seller_n: HOUR });
    expect(answer.version["visits"]).toBe(visitsPlan.version);
    expect(answer.views).toEqual({ spending: { run: 1, tick: HOUR }, visits: { run: 1, tick: 2 * HOUR }, seller: { run: 1, tick: HOUR } });
    expect([answer.at, answer.request]).toEqual([2 * HOUR + 1, { amount: 1.5, coupon: null }]);
    const unknown = await one({ user_id: "nobody", shop: "-5" });
    expect(unknown.values).toMatchObject({ n: 0, spend: 0, cents: null, kind: "none", visits: 0, seller_n: 1 });
    expect(unknown.status).toMatchObject({ n: "NOT_FOUND", spend: "NOT_FOUND", visits: "NOT_FOUND", seller_n: "PRESENT" });
    expect(unknown.eventTime).toMatchObject({ n: null, visits: null });
    expect(unknown.asOf).toMatchObject({ n: HOUR, visits: 2 * HOUR });
  });

  test("STALE beyond maxAge, by the view that declares it", async () => {
    clock.set(4 * HOUR);
    expect((await one()).status).toMatchObject({ n: "PRESENT", seller_n: "PRESENT" });
    clock.set(4 * HOUR + 1);
    const answer = await one();
    expect(answer.values).toMatchObject({ n: null, spend: 0, visits: 9 });
    expect(answer.status).toMatchObject({ n: "STALE", spend: "STALE", visits: "PRESENT", seller_n: "STALE" });
    expect([answer.eventTime["n"], answer.asOf["n"]]).toEqual([null, HOUR]);
    expect((await one({ user_id: "nobody" })).status).toMatchObject({ n: "STALE", visits: "NOT_FOUND" });
  });

  test("many rows, in order, at one T", async () => {
    const answers = await reader.many([REQUEST, { ...REQUEST, user_id: "nobody" }, REQUEST]);
    expect(answers.map((answer) => answer.values["visits"])).toEqual([9, 0, 9]);
    expect(() => reader.many([REQUEST, {}])).toThrow("service checkout, row 2: 'user_id' is missing");
  });

  test.each<[string, unknown, string]>([
    ["a list", [], "REQUEST_NOT_A_ROW"],
    ["null", null, "REQUEST_NOT_A_ROW"],
    ["a missing key", { ...REQUEST, user_id: undefined }, "REQUEST_MISSING_FIELD"],
    ["a misspelt field", { ...REQUEST, cupon: "x" }, "REQUEST_UNKNOWN_FIELD"],
    ["__proto__", JSON.parse('{"user_id":"u1","shop":1,"seller_id":"u2","amount":1,"coupon":null,"__proto__":1}'), "REQUEST_UNKNOWN_FIELD"],
    ["a null key", { ...REQUEST, user_id: null }, "REQUEST_NULL_KEY"],
    ["a number as text key", { ...REQUEST, user_id: 7 }, "REQUEST_WRONG_TYPE"],
    ["text as a number", { ...REQUEST, amount: "1" }, "REQUEST_WRONG_TYPE"],
    ["Infinity", { ...REQUEST, amount: Infinity }, "REQUEST_WRONG_TYPE"],
    ["NaN where null is not allowed", { ...REQUEST, amount: NaN }, "REQUEST_NULL_FIELD"],
    ["an integer past 2^53 as a number", { ...REQUEST, shop: 2 ** 53 }, "REQUEST_UNSAFE_INTEGER"],
    ["an int64 past 2^63", { ...REQUEST, shop: 2n ** 63n }, "REQUEST_WRONG_TYPE"],
    ["half a character", { ...REQUEST, user_id: "a\ud800" }, "REQUEST_BAD_TEXT"],
    ["a key over 1,024 bytes", { ...REQUEST, user_id: "k".repeat(1022) }, "REQUEST_KEY_TOO_LONG"],
  ])("%s is refused", async (_, row, code) => {
    await expect(async () => reader.one(row)).rejects.toMatchObject({ code });
  });

  test("a misspelt name comes with the right one; the longest key is served", async () => {
    const { coupon: _, ...rest } = REQUEST;
    await expect(async () => reader.one({ ...rest, cupon: "x" })).rejects.toThrow(
      "'coupon' is missing. 'cupon' is no field of the service. Did you mean 'coupon'.",
    );
    expect((await one({ seller_id: "k".repeat(1021) })).status["seller_n"]).toBe("STALE");
  });

  test("a streaming view of a source without a stream is refused when the reader is compiled", () => {
    const live = featureView("live", { entity: user, source: purchases, refresh: streaming(), features: ({ count }) => ({ n: count().over("1h") }) });
    expect(() => featureReader(planService(featureService("live", { features: [live] })), store, clock)).toThrow(
      expect.objectContaining({ code: "STORE_NO_STREAMING" }),
    );
  });

  test("a moment as a request field comes as text or as a Timestamp", async () => {
    const dated = featureService("dated", { request: { at: t.timestamp() }, features: [visits] });
    const reading = featureReader(planService(dated), store, clock);
    for (const at of ["2001-06-01T12:00:00Z", timestamp("2001-06-01T12:00:00Z")]) {
      expect((await reading.one({ user_id: "u1", shop: "1", at })).request["at"]).toEqual(timestamp("2001-06-01T12:00:00Z"));
    }
  });
});
