// What only a store behind a network can meet: no server, one that is full, one that forgets, and one that does not answer.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { entity, events, every, featureService, featureView, ingest, redis, rows, streaming, t } from "asof";
import { featureReader, type FeatureReader } from "../../src/online/read.ts";
import { FedView } from "../../src/stream/fed-view.ts";
import { freePort, startRedis, type RedisServer } from "../services/redis.ts";
import { canonical } from "../../src/schema/canonical.ts";
import { manualClock } from "../../src/time.ts";
import { newRun } from "./online-store.ts";
import { openRedis } from "../../src/online/stores/redis.ts";
import { planService } from "../../src/plan/service-plan.ts";
import { RedisLayout } from "../../src/online/stores/redis-layout.ts";
import { rowEncoder } from "../../src/online/row-codec.ts";
import type { Answer } from "../../src/online/answer.ts";
import type { OnlineStore, PublishedRow } from "../../src/online/store.ts";

const schema = { user_id: t.string(), at: t.timestamp(), amount: t.float64() };
const user = entity("user", { user_id: t.string() });
const purchases = events("purchases", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: rows([]) });
const clicks = events("clicks", { schema, eventTime: "at", availableAt: { delay: "0s" }, late: "1d", stream: ingest() });
const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1h"),
  features: ({ count, sum }) => ({
    bought: count().lifetime(),
    spent: sum((p) => p.amount)
      .lifetime()
      .default(-1),
  }),
});
const clicking = featureView("clicking", { entity: user, source: clicks, refresh: streaming(), features: ({ count }) => ({ clicked: count().lifetime() }) });
const service = planService(featureService("svc", { features: [spending, clicking] }));
const [spendingPlan, clickingPlan] = service.views.map(({ view }) => view) as [(typeof service.views)[0]["view"], (typeof service.views)[0]["view"]];

const TIMEOUT_MS = 100;
/** What a busy machine may add to a deadline. */
const SLACK_MS = 150;

describe("a store in Redis", () => {
  let server: RedisServer;
  let store: OnlineStore;
  let reader: FeatureReader;
  const clock = manualClock(0);

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await server.command("FLUSHALL");
    store = await openRedis(redis({ url: server.url, timeout: `${TIMEOUT_MS}ms` }));
    reader = featureReader(service, store, clock);
  });
  afterEach(() => store.close());

  const publish = (tick: number): Promise<unknown> => {
    clock.set(tick);
    const row = { values: [2, 7.5], newest: [1], failed: [] };
    return store.publish(spendingPlan, newRun(tick), [{ key: canonical(["u1"], ["string"]), row: rowEncoder(["int64", "float64"])(row) }], clock);
  };
  const feed = async (): Promise<void> => {
    const view = await FedView.open(clickingPlan, store.states, "log");
    const record = { position: 0, available: 5, replaces: null, cells: ["u1", 5, 1] };
    await store.states.absorb([(await view.absorption([record], { log: "log", end: 1, upTo: 6 }))!]);
  };
  const ask = async (): Promise<Answer & { readonly ms: number }> => {
    const began = performance.now();
    const answer = await reader.one({ user_id: "u1" });
    return Object.assign(answer, { ms: performance.now() - began });
  };

  test("serves both kinds of views, and says UNAVAILABLE with defaults, in time, while it does not answer; then it serves again", async () => {
    await publish(10);
    await feed();
    expect((await ask()).values).toEqual({ bought: 2, spent: 7.5, clicked: 1 });
    process.kill(server.pid, "SIGSTOP"); // a black hole: the connection stands, nothing comes back
    try {
      for (let i = 0; i < 20; i++) {
        const { values, status, views, ms } = await ask();
        expect(values).toEqual({ bought: null, spent: -1, clicked: null });
        expect(status).toEqual({ bought: "UNAVAILABLE", spent: "UNAVAILABLE", clicked: "UNAVAILABLE" });
        expect(views).toEqual({ spending: "unreached", clicking: "unreached" });
        expect(ms).toBeLessThan(2 * TIMEOUT_MS + SLACK_MS);
      }
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
    await expect.poll(async () => (await ask()).values, { timeout: 2000 }).toEqual({ bought: 2, spent: 7.5, clicked: 1 });
  });

  test("answers at once while the server is down, and says UNAVAILABLE once it is back without its data", async () => {
    await publish(10);
    await feed();
    await ask();
    await server.kill();
    await expect.poll(async () => (await ask()).status["bought"]).toBe("UNAVAILABLE");
    for (let i = 0; i < 20; i++) expect((await ask()).ms).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    await server.restart();
    await expect.poll(async () => (await ask()).views, { timeout: 5000 }).toEqual({ spending: null, clicking: null });
    await publish(20);
    expect((await ask()).values).toMatchObject({ bought: 2, spent: 7.5 });
  });

  test("an absorber that cannot read states takes nothing for granted: it fails, and goes on later", async () => {
    await feed();
    const view = await FedView.open(clickingPlan, store.states, "log");
    const record = { position: 1, available: 7, replaces: null, cells: ["u1", 7, 1] };
    const to = { log: "log", end: 2, upTo: 8 };
    await server.kill();
    await expect(view.absorption([record], to)).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    await server.restart();
  });

  test("what a process left that died while it forgot states is forgotten before new ones are built", async () => {
    await feed();
    await server.command("DEL", new RedisLayout("asof", 1).of(clickingPlan, "absorbed", 0));
    await FedView.open(clickingPlan, store.states, "log");
    expect(await store.states.keys(clickingPlan, null, 10)).toEqual([]);
  });

  test("of two that claim a view from one pointer, one of which a failover has forgotten, only the other writes", async () => {
    await publish(10);
    const key = new RedisLayout("asof", 1).of(spendingPlan, "pointer", 0);
    const before = (await server.command("GET", key)) as string;
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = async function* (): AsyncGenerator<PublishedRow> {
      await gate;
      yield { key: canonical(["u1"], ["string"]), row: rowEncoder(["int64", "float64"])({ values: [3n, 1], newest: [1], failed: [] }) };
    };
    clock.set(20);
    const forgotten = store.publish(spendingPlan, newRun(20), slow(), clock);
    await expect.poll(() => server.command("GET", key)).not.toBe(before);
    await server.command("SET", key, before);
    await server.command("DEL", new RedisLayout("asof", 1).of(spendingPlan, "lock", 0));
    const other = store.publish(spendingPlan, newRun(20), slow(), clock);
    await expect.poll(() => server.command("GET", key)).not.toBe(before);
    release();
    const [first, second] = await Promise.allSettled([forgotten, other]);
    expect(first).toMatchObject({ status: "rejected", reason: { code: "STORE_MOVED" } });
    expect(second.status).toBe("fulfilled");
  });

  test("a server that throws keys away when it is full is refused by who publishes", async () => {
    await server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    await expect(feed()).rejects.toMatchObject({ code: "STORE_EVICTS" });
    await expect(publish(10)).rejects.toThrow(/its maxmemory-policy is allkeys-lru.*noeviction/s);
    await server.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
    await publish(10);
  });

  test("a server that is full takes no run, and readers stay where they were", async () => {
    await publish(10);
    await server.command("CONFIG", "SET", "maxmemory", "1mb");
    await expect(publish(20)).rejects.toMatchObject({ code: "STORE_UNREACHABLE", message: expect.stringContaining("its memory is full") as string });
    expect((await ask()).values).toMatchObject({ bought: 2 });
    await server.command("CONFIG", "SET", "maxmemory", "0");
    await publish(30);
    expect((await ask()).asOf).toMatchObject({ bought: 30 });
  });

  test("no server, or a password that it does not know, is told with a cure", async () => {
    const nowhere = await openRedis(redis({ url: `redis://127.0.0.1:${await freePort()}` }));
    await expect(nowhere.runs(spendingPlan)).rejects.toThrow(/Redis at 127\.0\.0\.1:\d+: there is no connection to it\. Start it, or write where it is/);
    await nowhere.close();
    await server.command("CONFIG", "SET", "requirepass", "secret");
    const wrong = await openRedis(redis({ url: server.url.replace("//", "//:guess@") }));
    await expect(wrong.runs(spendingPlan)).rejects.toThrow(/it asks for another user or password/);
    await wrong.close();
    const right = await openRedis(redis({ url: server.url.replace("//", "//:secret@") }));
    expect(await right.runs(spendingPlan)).toEqual([]);
    await right.close();
  });
});
