// A store in Redis, end to end: what is served is proved, and what the server forgets is made again, byte for byte, from the log and the sources.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  csv,
  defineConfig,
  entity,
  events,
  every,
  featureService,
  featureView,
  ingest,
  openStore,
  redis,
  serve,
  streaming,
  t,
  type Config,
  type Store,
} from "asof";
import { openRedis } from "../../src/online/stores/redis.ts";
import { planService } from "../../src/plan/service-plan.ts";
import { RedisLayout } from "../../src/online/stores/redis-layout.ts";
import { rememberPartition } from "../services/redis-faults.ts";
import { startRedis, type RedisServer } from "../services/redis.ts";
import { systemClock, timestampOf } from "../../src/time.ts";
import { verifyLog } from "../../src/monitor/verify.ts";

const user = entity("user", { user_id: t.string() });
const purchases = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp(), amount: t.float64() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: csv("purchases.csv"),
});
const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp(), item: t.string() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "id",
  late: "1h",
  stream: ingest(),
});
const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1h"),
  features: ({ count, sum }) => ({ bought: count().lifetime(), spent: sum((p) => p.amount).lifetime() }),
});
const browsing = featureView("browsing", {
  entity: user,
  source: clicks,
  refresh: streaming(),
  features: ({ count, distinctCount, last }) => ({
    clicks: count().lifetime(),
    items: distinctCount((c) => c.item).over("30d"),
    newest: last((c) => c.item).lifetime(),
  }),
});
const service = featureService("home", { features: [spending, browsing] });
const [spendingPlan, browsingPlan] = planService(service).views.map(({ view }) => view);
const USERS = Array.from({ length: 12 }, (_, i) => `u${i}`);

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describe.each([1, 5])("a store in Redis with %i partitions", (partitions) => {
  let root: string;
  let config: Config;
  let store: Store;
  let sent: number;

  beforeEach(async () => {
    await server.command("FLUSHALL");
    sent = 0;
    root = mkdtempSync(join(tmpdir(), "asof-redis-end-"));
    const hourAgo = (i: number): string => new Date(Date.now() - 7_200_000 - i * 1000).toISOString();
    writeFileSync(
      join(root, "purchases.csv"),
      `user_id,at,amount\n${USERS.slice(0, 9)
        .map((id, i) => `${id},${hourAgo(i)},${i}.5`)
        .join("\n")}\n`,
    );
    const online = redis({ url: server.url, partitions, timeout: "2s" });
    config = defineConfig({ services: [service], online, servingLog: { folder: "served", flushEvery: "50ms" } });
    store = await openStore(config, { root });
    await store.apply();
    await store.materialize();
  });
  afterEach(async () => {
    await store.close();
    rmSync(root, { recursive: true });
  });

  /** Sends clicks of all users, corrections among them, until they are seen. */
  const click = async (count: number): Promise<void> => {
    const made = Array.from({ length: count }, () => {
      const i = sent++;
      return { id: `c${i % 7 === 3 ? i - 3 : i}`, user_id: `u${(i * 5) % USERS.length}`, at: timestampOf(systemClock.now() - 1000), item: `item${i % 11}` };
    });
    const outcomes = await store.ingest(clicks, made, { visible: true });
    expect(outcomes.filter(({ status }) => status === "refused")).toEqual([]);
  };
  const answers = async (): Promise<readonly unknown[]> =>
    (
      await store.onlineMany(
        service,
        USERS.map((user_id) => ({ user_id })),
      )
    ).map(({ values, status }) => ({ values, status }));
  /** The bytes of all rows and states. */
  const content = async (): Promise<string> => {
    const reader = await openRedis(config.online as ReturnType<typeof redis>);
    const hash = createHash("sha256");
    for await (const { key, row } of reader.scan(spendingPlan!, systemClock.now())) hash.update(key).update(row);
    const keys = await reader.states.keys(browsingPlan!, null, 1000);
    for (const found of await reader.states.states(keys.map((key) => ({ view: browsingPlan!, key: Buffer.from(key) }))))
      hash.update(found === null || found === "unreached" ? "none" : (found.head ?? ""));
    await reader.close();
    return `${keys.length} states, ${hash.digest("hex")}`;
  };

  test("answers are proved, and after a loss of everything they are the same again, of the same bytes", { timeout: 60_000 }, async () => {
    await click(300);
    const [before, bytes] = [await answers(), await content()];
    expect(before).toContainEqual(
      expect.objectContaining({ status: { bought: "PRESENT", spent: "PRESENT", clicks: "PRESENT", items: "PRESENT", newest: "PRESENT" } }),
    );
    await server.command("FLUSHALL");
    for (const answer of await answers()) expect(answer).toMatchObject({ status: { bought: "UNAVAILABLE", clicks: "UNAVAILABLE" } });
    await store.apply();
    await store.materialize();
    await expect.poll(answers, { timeout: 20_000 }).toEqual(before); // the stream has noticed by itself
    expect(await content()).toBe(bytes);
    await click(40);
    const proof = await verifyLog(config, { root, log: "served", examples: 3 });
    expect(proof).toMatchObject({ different: 0, examples: [] });
    expect(proof.compared).toBeGreaterThan(100);
  });

  test("a server over it answers while it is down, says so, and is ready again once it is back", { timeout: 60_000 }, async () => {
    await click(20);
    const serving = await serve(store, { port: 0 });
    const ask = async (): Promise<{ readonly status: number; readonly body: { readonly status: Readonly<Record<string, string>> } }> => {
      const answer = await fetch(`${serving.url}/v1/features/home`, { method: "POST", body: '{"input":{"user_id":"u1"}}' });
      return { status: answer.status, body: (await answer.json()) as { status: Record<string, string> } };
    };
    const reachable = async (): Promise<string | undefined> => {
      const text = await (await fetch(`${serving.url}/metrics`)).text();
      return /^asof_online_store_reachable (\d)$/m.exec(text)?.[1];
    };
    try {
      expect(await ask()).toMatchObject({ status: 200, body: { status: { bought: "PRESENT", clicks: "PRESENT" } } });
      expect([await reachable(), (await fetch(`${serving.url}/ready`)).status]).toEqual(["1", 200]);
      await server.kill();
      await expect.poll(ask).toMatchObject({ status: 200, body: { status: { bought: "UNAVAILABLE", clicks: "UNAVAILABLE" } } });
      expect(await reachable()).toBe("0");
      const ready = await fetch(`${serving.url}/ready`);
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { ready: false, problems: [expect.stringMatching(/^Redis at .*: there is no connection to it\. Start it/)] },
      ]);
      await server.restart();
      await store.apply();
      await store.materialize();
      await expect.poll(ask, { timeout: 10_000 }).toMatchObject({ status: 200, body: { status: { bought: "PRESENT", clicks: "PRESENT" } } });
      await expect.poll(async () => (await fetch(`${serving.url}/ready`)).status, { timeout: 10_000 }).toBe(200);
    } finally {
      await serving.close();
    }
  });

  test("what was lost by one partition is absorbed again, and nothing counts twice", { timeout: 60_000 }, async () => {
    const layout = new RedisLayout("asof", partitions);
    await click(100);
    for (let partition = 0; partition < partitions; partition++) {
      const forget = await rememberPartition(server, layout.tagOf(partition));
      await click(60);
      await new Promise((resolve) => setTimeout(resolve, 150)); // so that the guards of all partitions were told
      const before = await answers();
      await forget();
      await expect.poll(answers, { timeout: 20_000 }).toEqual(before);
      await click(20);
    }
    const counts = (
      await store.onlineMany(
        service,
        USERS.map((user_id) => ({ user_id })),
      )
    ).map(({ values }) => Number(values.clicks));
    const corrected = Array.from({ length: sent }, (_, i) => i).filter((i) => i % 7 === 3).length;
    expect(counts.reduce((sum, n) => sum + n)).toBe(sent - corrected);
    expect(await verifyLog(config, { root, log: "served", examples: 3 })).toMatchObject({ different: 0 });
  });
});
