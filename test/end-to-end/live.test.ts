// Live features end to end, as processes: events flow in while requests are answered; each answer is proved at its cut, and faults are found.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAsof, type BuiltAsof } from "../cli/built-asof.ts";
import { chance, SEED } from "../property/runs.ts";
import { LIVE_FAULTS } from "./live-faults.ts";
import { startServer, startStream, type RunningServer } from "../cli/server.ts";

const CONFIG = `
import { csv, defineConfig, entity, events, every, featureService, featureView, ingest, labels, rows, streaming, t, timestamp } from "asof";
const session = entity("session", { session_id: t.string() });
const user = entity("user", { user_id: t.string() });
const basketEvents = events("basket_events", {
  schema: { id: t.string(), session_id: t.string(), item_id: t.string(), at: t.timestamp(), kind: t.string(), price: t.float64().nullable(), gone: t.boolean().nullable() },
  eventTime: "at", availableAt: { delay: "0s" }, id: "id", deleted: "gone", late: "1h", stream: ingest(),
});
const purchases = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp(), amount: t.float64() }, eventTime: "at", availableAt: { delay: "0s" }, batch: csv("purchases.csv"),
});
const basket = featureView("basket", {
  entity: session, source: basketEvents, refresh: streaming(), maxAge: "1h",
  features: ({ count, currentItems, sum, last, distinctCount }) => ({
    items_in_session: currentItems((e) => e.item_id, { add: (e) => e.kind === "add" }).session("30m"),
    events: count().overEach("1s", "10m"),
    value: sum((e) => e.price).over("10m"),
    last_item: last((e) => e.item_id).over("1h"),
    items: distinctCount((e) => e.item_id).over("2s"),
  }),
});
const orders = events("orders", {
  schema: { order_id: t.string(), user_id: t.string(), at: t.timestamp(), cents: t.int64() },
  eventTime: "at", availableAt: { delay: "1m" }, id: "order_id", late: "7d", batch: csv("orders.csv"), stream: ingest(),
});
const ordering = featureView("ordering", {
  entity: user, source: orders, refresh: streaming(),
  features: ({ count, sum, topK }) => ({ orders: count().overEach("1h", "7d"), cents: sum((o) => o.cents).lifetime(), dearest: topK((o) => o.cents, 2).over("7d") }),
});
const spending = featureView("spending", {
  entity: user, source: purchases, refresh: every("1h"), features: ({ sum }) => ({ spend_30d: sum((p) => p.amount).over("30d") }),
});
const checkout = featureService("checkout", { request: { amount: t.float64() }, features: [spending, basket, ordering] })
  .derive("amount_over_usual", t.float64().nullable(), (f, r) => (f.spend_30d === null ? null : r.amount / f.spend_30d));
const baskets = featureService("baskets", { features: [basket] });
const ends = labels("ends", { schema: { session_id: t.string(), at: t.timestamp() }, from: rows([{ session_id: "s1", at: timestamp("2255-01-01T00:00:00Z") }]), at: "at" });
export default defineConfig({ services: [checkout, baskets], labels: [ends], servingLog: { folder: "served", flushEvery: "50ms" }, ingest: { segmentBytes: 20_000 } });
`;

interface Found {
  readonly requests: number;
  readonly compared: number;
  readonly different: number;
  readonly notes: readonly string[];
  readonly views: readonly { readonly view: string; readonly compared: number; readonly lag: { readonly requests: number; readonly rowsBehind: number } }[];
  readonly examples: readonly { readonly why: string }[];
}

const SESSIONS = 4;
const ROUNDS = 60;

/** Lets events flow and asks meanwhile, in real processes, then verifies. */
async function flow(asof: BuiltAsof, folder: string, seed: number): Promise<Found & { readonly code: number | null }> {
  const below = chance(seed);
  const hourAgo = new Date(Date.now() - 3_700_000).toISOString();
  writeFileSync(join(folder, "asof.config.ts"), CONFIG);
  writeFileSync(join(folder, "purchases.csv"), `user_id,at,amount\nu0,${hourAgo},10\nu0,${hourAgo},5\nu1,${hourAgo},0.1\n`);
  const history = Array.from({ length: 40 }, (_, i) => `o${i % 35},u${i % 3},${new Date(Date.now() - (i + 1) * 7_200_000).toISOString()},${i * 100}`);
  writeFileSync(join(folder, "orders.csv"), `order_id,user_id,at,cents\n${history.join("\n")}\n`);
  asof.succeed(folder, "apply");
  asof.succeed(folder, "materialize");
  const stream = await startStream(asof, folder);
  const server = await startServer(asof, folder);
  try {
    await talk(stream, server, below);
  } finally {
    await Promise.all([stream.stop(), server.stop()]);
  }
  const { code, json } = asof.run(folder, "verify", "--json");
  return { code, ...(json() as unknown as Found) };
}

/** Sends and asks at the same time. */
async function talk(stream: RunningServer, server: RunningServer, below: (limit: number) => number): Promise<void> {
  const event = (i: number): Readonly<Record<string, unknown>> => ({
    id: `e${below(8) === 0 ? below(i + 1) : i}`, // some are corrections of others
    session_id: `s${below(SESSIONS)}`,
    item_id: `item${below(6)}`,
    at: new Date(Date.now() - below(3000)).toISOString(),
    kind: below(3) === 0 ? "remove" : "add",
    price: below(9) === 0 ? null : below(1000) / 100,
    gone: below(12) === 0,
  });
  let made = 0;
  const sending = (async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const events = Array.from({ length: 1 + below(8) }, () => event(made++));
      const { status, body } = await stream.post("/v1/events/basket_events", JSON.stringify(events));
      expect([status, body["refused"], body["dead"]]).toEqual([200, 0, 0]);
      // rows of the history again, corrected, moved to another user, and new ones
      const order = {
        order_id: `o${below(60)}`,
        user_id: `u${below(3)}`,
        at: new Date(Date.now() - below(100) * 3_600_000).toISOString(),
        cents: String(below(500)),
      };
      expect((await stream.post("/v1/events/orders", JSON.stringify(order))).status).toBe(200);
    }
  })();
  const asking = (async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const inputs = Array.from({ length: SESSIONS + 1 }, (_, i) => ({ user_id: `u${below(3)}`, session_id: `s${i}`, amount: below(50) }));
      expect((await server.post("/v1/features/checkout", JSON.stringify({ inputs }))).status).toBe(200);
    }
  })();
  await Promise.all([sending, asking]);
  await stream.post("/v1/events/basket_events?wait=visible", JSON.stringify({ ...event(made), id: "final", session_id: "s1", item_id: "seen", gone: false }));
  const { body } = await server.post("/v1/features/checkout", JSON.stringify({ input: { user_id: "u0", session_id: "s1", amount: 30 } }));
  expect(body).toMatchObject({ values: { spend_30d: 15, amount_over_usual: 2 }, status: { items_in_session: "PRESENT", spend_30d: "PRESENT" } });
}

describe("events flow in while requests are answered", () => {
  const folder = mkdtempSync(join(tmpdir(), "asof-live-"));
  let asof: BuiltAsof;
  let found: Found & { readonly code: number | null };
  beforeAll(async () => {
    asof = buildAsof();
    found = await flow(asof, folder, SEED);
  });
  afterAll(() => {
    asof.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test("every answer is what the log's records below its cut give, with its lag beside it", () => {
    const asked = ROUNDS * (SESSIONS + 1) + 1;
    expect(found).toMatchObject({ code: 0, requests: asked, different: 0, notes: [] });
    expect(found.compared).toBe(asked * 12);
    expect(found.views.find(({ view }) => view === "basket")).toMatchObject({ compared: asked * 6, lag: { requests: asked } });
    expect(found.views.find(({ view }) => view === "ordering")).toMatchObject({ compared: asked * 4, lag: { requests: asked } });
  });

  test("what was streamed can be trained on, with its real available times", () => {
    const { rows } = asof.succeed(folder, "training", "baskets", "--labels", "ends", "--out", "training", "--json").json();
    expect(rows).toBe(1);
  });

  test("a record that was changed in the log is found", () => {
    const segments = join(folder, ".asof", "log", "basket_events", "segments");
    const first = join(segments, readdirSync(segments).toSorted()[0] as string);
    const text = readFileSync(first, "utf8");
    writeFileSync(
      first,
      text.replaceAll(/"item_id":"item(\d)"/g, (_, digit: string) => `"item_id":"item${(Number(digit) + 1) % 6}"`),
    );
    const { code, json } = asof.run(folder, "verify", "--json");
    const changed = json() as unknown as Found;
    expect(code).toBe(1);
    expect(changed.different).toBeGreaterThan(0);
    expect(changed.examples[0]?.why).toContain("live states answered that had absorbed the log up to");
    writeFileSync(first, text);
  });
});

describe("a fault in the live path is found:", () => {
  test.each(Object.entries(LIVE_FAULTS))("%s", async (_, fault) => {
    const folder = mkdtempSync(join(tmpdir(), "asof-fault-"));
    const faulty = buildAsof(fault);
    try {
      const { different, code } = await flow(faulty, folder, SEED);
      expect(different).toBeGreaterThan(0);
      expect(code).toBe(1);
    } finally {
      faulty.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
