// Absorptions that are written in part, since some partitions of a real Redis fail: every state ends as if nothing had failed.
import { afterAll, beforeAll, expect, test } from "vitest";
import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { breakGuards } from "../services/redis-faults.ts";
import { entity, events, featureView, ingest, streaming, t } from "asof";
import { FedView } from "../../src/stream/fed-view.ts";
import { openLmdb } from "../../src/online/stores/lmdb.ts";
import { openRedis } from "../../src/online/stores/redis.ts";
import { planView } from "../../src/plan/view-plan.ts";
import { redis } from "../../src/define/redis.ts";
import { RedisLayout } from "../../src/online/stores/redis-layout.ts";
import { startRedis, type RedisServer } from "../services/redis.ts";
import { MILLISECOND, type Micros } from "../../src/time.ts";
import type { Absorption } from "../../src/online/state-store.ts";
import type { LogRecord } from "../../src/stream/record.ts";
import type { OnlineStore } from "../../src/online/store.ts";

const PARTITIONS = 4;
const USERS = 12;
const clicks = events("clicks", {
  schema: { user_id: t.string(), at: t.timestamp(), n: t.int64() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  late: "1d",
  stream: ingest(),
});
const plan = planView(
  featureView("totals", {
    entity: entity("user", { user_id: t.string() }),
    source: clicks,
    refresh: streaming(),
    features: ({ count, sum, lastN }) => ({ n: count().lifetime(), total: sum((c) => c.n).lifetime(), newest: lastN((c) => c.n, 3).lifetime() }),
  }).definition,
);

/** What is fed, so many records at a time, and in which partitions it fails. */
interface Step {
  readonly records: number;
  readonly broken: readonly number[];
}

const stepsArb: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ records: fc.integer({ min: 1, max: 30 }), broken: fc.uniqueArray(fc.nat(PARTITIONS - 1), { maxLength: PARTITIONS }) }),
  { minLength: 2, maxLength: 8 },
);

let server: RedisServer;
let folder: string;
let prefixes = 0;
beforeAll(async () => {
  server = await startRedis();
  folder = await mkdtemp(join(tmpdir(), "asof-partial-"));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** So far apart that a guard under which nothing changes is told only now and then. */
const timeOf = (position: number): Micros => (1 + position) * 20 * MILLISECOND;
const record = (position: number): LogRecord => ({
  position,
  available: timeOf(position),
  replaces: null,
  cells: [`u${(position * 7) % USERS}`, timeOf(position), BigInt(position)],
});
const records = (from: number, to: number): LogRecord[] => Array.from({ length: to - from }, (_, i) => record(from + i));

/** Takes a view on to an end, while some partitions take nothing; false where that failed. */
async function fed(view: FedView, store: OnlineStore, end: number, broken: readonly string[] = []): Promise<boolean> {
  const absorption = (await view.absorption(records(Math.max(0, view.end), end), { log: "log", end, upTo: timeOf(end) })) as Absorption;
  const mend = await breakGuards(server, broken);
  try {
    await store.states.absorb([absorption]);
    view.moved(absorption);
    return true;
  } catch {
    return false;
  } finally {
    await mend();
    await view.look();
  }
}

/** The bytes of each user's state, and how far it goes. */
async function statesOf(store: OnlineStore): Promise<unknown> {
  const keys = await store.states.keys(plan, null, 1000);
  const found = await store.states.states(keys.map((key) => ({ view: plan, key: Buffer.from(key) })));
  return found.map((state, i) => {
    if (state === null || state === "unreached") return state;
    return [Buffer.from(keys[i] as Uint8Array).toString("hex"), state.absorbed.end, Buffer.from(state.head as Uint8Array).toString("hex")];
  });
}

test("whatever partitions fail, and however what follows is cut into batches, states are those of each record once", async () => {
  let failures = 0;
  await fc.assert(
    fc.asyncProperty(stepsArb, async (steps) => {
      const prefix = `partial${++prefixes}`;
      const layout = new RedisLayout(prefix, PARTITIONS);
      const store = await openRedis(redis({ url: server.url, prefix, partitions: PARTITIONS, timeout: "5s" }));
      const whole = await openLmdb({ path: join(folder, prefix) });
      const view = await FedView.open(plan, store.states, "log");
      let taken = 0;
      for (const { records: more, broken } of steps) {
        const guards = broken.map((partition) => layout.of(plan, "absorbed", partition));
        const failed = !(await fed(view, store, (taken += more), guards));
        expect(broken.length > 0 || !failed).toBe(true); // a partition in which nothing changes is not always written to
        if (failed) failures++;
      }
      // a process that begins anew, with batches of its own
      const again = await FedView.open(plan, store.states, "log");
      while (again.end < taken) expect(await fed(again, store, Math.min(taken, Math.max(0, again.end) + 13))).toBe(true);
      const undisturbed = await FedView.open(plan, whole.states, "log");
      expect(await fed(undisturbed, whole, taken)).toBe(true);
      expect(await statesOf(store)).toEqual(await statesOf(whole));
      await store.close();
      await whole.close();
    }),
    { numRuns: 60 },
  );
  expect(failures).toBeGreaterThan(30);
});
