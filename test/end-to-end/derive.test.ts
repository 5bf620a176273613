// Request-time features: made by one function in training, in serving and in the proof.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  defineConfig,
  embedded,
  entity,
  events,
  every,
  featureService,
  featureView,
  labels,
  manualClock,
  openStore,
  parseTime,
  rows,
  t,
  timestamp,
} from "asof";
import { serve } from "../../src/serve/server.ts";
import { verifyLog } from "../../src/monitor/verify.ts";
import type { InputOf } from "asof";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-derive-"));
});
afterAll(() => rm(root, { recursive: true }));

const T = "2026-03-10T12:00:00Z";
const user = entity("user", { user_id: t.string() });
const purchases = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp(), amount: t.float64(), shop: t.string() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: rows(
    Array.from({ length: 40 }, (_, i) => ({
      user_id: `u${i % 4}`,
      at: timestamp(`2026-03-0${1 + (i % 9)}T0${i % 10}:00:00Z`),
      amount: i * 1.1,
      shop: `s${i % 3}`,
    })),
  ),
});
const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1h"),
  features: ({ sum, count }) => ({
    spend_7d: sum((p) => p.amount).over("7d"),
    shops: count()
      .by((p) => p.shop)
      .over("30d"),
  }),
});
const checkout = featureService("checkout", { features: [spending], request: { amount: t.float64(), coupon: t.string().nullable() } })
  .derive("over_usual", t.float64().nullable(), (f, r) => (f.spend_7d === null ? null : r.amount / f.spend_7d))
  .derive("twice", t.float64().nullable(), (f) => (f.over_usual === null ? null : 2 * f.over_usual))
  .derive("in_s1", t.int32(), (f) => f.shops.get("s1") ?? 0)
  .derive("hour", t.int32(), (_, __, at) => Number((at.micros / 3_600_000_000n) % 24n))
  .derive("coupon_length", t.int32().nullable(), (_, r) => r.coupon?.length ?? null)
  .derive("infinite", t.float64().nullable(), (_, r) => 1 / (r.amount - r.amount))
  .derive("thrown", t.string(), (_, r) => (r.coupon as string).toUpperCase());

const asked = (user_id: string, amount: number, coupon: string | null) => ({ user_id, amount, coupon });
const INPUTS: readonly InputOf<{ readonly user_id: string }, { readonly amount: number; readonly coupon: string | null }>[] = [
  asked("u1", 12, "ten"),
  asked("u2", 0, null),
  asked("nobody", 5, null),
];

test("a derived feature is the same in training, in process and over HTTP, and verify proves it", async () => {
  const points = labels("points", {
    schema: { user_id: t.string(), amount: t.float64(), coupon: t.string().nullable(), at: t.timestamp() },
    at: "at",
    from: rows(INPUTS.map((input) => ({ ...input, at: timestamp(T) }))),
  });
  const config = defineConfig({ services: [checkout], labels: [points], online: embedded({ path: join(root, "online") }), servingLog: join(root, "log") });
  const clock = manualClock(parseTime(T));
  const store = await openStore(config, { root, clock });
  await store.apply();
  clock.set(parseTime("2026-03-10T11:30:00Z"));
  await store.materialize();
  clock.set(parseTime(T));
  const server = await serve(store, { port: 0 });
  const answers = await Promise.all(INPUTS.map((input) => store.online(checkout, input)));
  const set = await store.training(checkout, points, { out: join(root, "set") });
  const trained: Readonly<Record<string, unknown>>[] = [];
  for await (const row of set) trained.push(row);
  for (const [i, answer] of answers.entries()) expect(trained[i]).toMatchObject(answer.values);
  const [first, second] = answers;
  expect(first?.values).toMatchObject({ hour: 12, coupon_length: 3, infinite: null, thrown: "TEN" });
  expect(first?.status).toMatchObject({ over_usual: "PRESENT", infinite: "ERROR", thrown: "PRESENT" });
  expect(second?.status).toMatchObject({ thrown: "ERROR", coupon_length: "NULL" });
  expect(set.manifest.derived.map(({ name, failed }) => [name, failed])).toContainEqual(["thrown", 2]);
  const response = await fetch(`${server.url}/v1/features/checkout`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: INPUTS[0] }),
  });
  expect(await response.json()).toMatchObject({ values: { hour: 12, thrown: "TEN" }, asOf: { hour: T } });
  await server.close();
  await store.close();
  expect(await verifyLog(config, { root, log: join(root, "log"), examples: 5 })).toMatchObject({
    different: 0,
    derived: [{ service: "checkout", different: 0 }],
  });
});
