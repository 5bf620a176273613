// Compaction end to end: two stores take the same events, and one of them is compacted again and again. Nothing else may tell them apart.
import { afterAll, beforeAll, expect, test } from "vitest";
import { join } from "node:path";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { chance, SEED } from "../property/runs.ts";
import { defineConfig, type Config } from "../../src/define/config.ts";
import { entity } from "../../src/define/entity.ts";
import { events, ingest, rows } from "../../src/define/source.ts";
import { featureService } from "../../src/define/feature-service.ts";
import { featureView } from "../../src/define/feature-view.ts";
import { labels } from "../../src/define/labels.ts";
import { manualClock, MINUTE, parseTime, timestampOf, type Micros } from "../../src/time.ts";
import { openStore, type Store } from "../../src/feature-store.ts";
import { streaming } from "../../src/define/refresh.ts";
import { t } from "../../src/schema/value-type.ts";
import { COMPACTING, lockFolder } from "../../src/stream/process-lock.ts";
import { verifyLog } from "../../src/monitor/verify.ts";

const BEGAN = parseTime("2026-06-01T00:00:00Z");
const USERS = ["u0", "u1", "u2"];
const HISTORY = 30;

const user = entity("user", { user_id: t.string() });
const past = Array.from({ length: HISTORY }, (_, i) => ({
  id: `h${i}`,
  user_id: `u${i % 3}`,
  at: timestampOf(BEGAN - i * 5 * MINUTE),
  item: `item${i % 4}`,
  amount: i / 8,
  cents: BigInt(i),
  gone: null,
}));
const clicks = events("clicks", {
  schema: {
    id: t.string(),
    user_id: t.string(),
    at: t.timestamp(),
    item: t.string().nullable(),
    amount: t.float64().nullable(),
    cents: t.int64().nullable(),
    gone: t.boolean().nullable(),
  },
  eventTime: "at",
  availableAt: { delay: "1m" },
  id: "id",
  deleted: "gone",
  late: "2h",
  batch: rows(past),
  stream: ingest(),
});
const viewOf = (name: string) =>
  featureView(name, {
    entity: user,
    source: clicks,
    refresh: streaming(),
    features: ({ count, sum, lastN, topK, currentItems }) => ({
      clicks: count().lifetime(),
      amount: sum((c) => c.amount).overEach("2h", "2d"),
      cents: sum((c) => c.cents).lifetime(),
      last: lastN((c) => c.item, 5).lifetime(),
      top: topK((c) => c.item, 2).over("1d"),
      items: currentItems((c) => c.item, { add: (c) => (c.amount ?? 0) > 3 }).session("30m"),
    }),
  });
const old = viewOf("old");
const fresh = viewOf("fresh");
const before = featureService("svc", { features: [old] });
const after = featureService("both", { features: [old.as("old"), fresh.as("fresh")] });
const asked = labels("asked", {
  schema: { user_id: t.string(), at: t.timestamp() },
  from: rows(Array.from({ length: 60 }, (_, i) => ({ user_id: USERS[i % 3] as string, at: timestampOf(BEGAN + i * 67 * MINUTE) }))),
  at: "at",
});
const configOf = (service: typeof before | typeof after): Config =>
  defineConfig({ services: [service], servingLog: { folder: "served", flushEvery: "1ms" }, ingest: { segmentBytes: 600 } });

/** A store with its folder, and another that compacts it: as `asof compact` does beside `asof stream`. */
interface Site {
  readonly root: string;
  store: Store;
}

const clock = manualClock(BEGAN);
const below = chance(SEED);
let compacted: Site;
let whole: Site;

async function begin(): Promise<Site> {
  const root = mkdtempSync(join(tmpdir(), "asof-compact-"));
  const store = await openStore(configOf(before), { root, clock });
  await store.apply();
  await store.stream();
  return { root, store };
}

async function compact({ root }: Site, config: Config = configOf(before)): Promise<number> {
  const store = await openStore(config, { root, clock });
  try {
    return (await store.compact()).reduce((sum, { segments }) => sum + segments, 0);
  } finally {
    await store.close();
  }
}

/** Sends the same events to both, some of them corrections, deletes, and again what is long gone. */
async function send(made: number): Promise<void> {
  const happened: Micros = clock.now() - below(80) * MINUTE;
  const known = [`h${below(HISTORY)}`, `e${below(made + 1)}`, `e${Math.max(0, made - below(12))}`][Math.min(2, below(6))] as string;
  const event = {
    id: below(3) === 0 ? known : `e${made}`,
    user_id: USERS[below(3)] as string,
    at: timestampOf(happened),
    item: below(9) === 0 ? null : `item${below(6)}`,
    amount: below(9) === 0 ? null : below(64) / 8,
    cents: BigInt(below(1000)),
    gone: below(10) === 0 ? true : null,
  };
  const [a, b] = await Promise.all([compacted, whole].map(({ store }) => store.ingest(clicks, [event, event], { visible: true })));
  expect(a).toEqual(b);
}

type Served = typeof before | typeof after;

async function answers({ store }: Site, service: Served): Promise<unknown> {
  const found = await store.answer(
    store.plan(service.name),
    USERS.map((user_id) => ({ user_id })),
  );
  return found.map(({ values, status }) => ({ values, status }));
}

async function trained({ store, root }: Site, service: Served): Promise<Buffer> {
  await store.build(store.plan(service.name), asked, { out: "set" });
  return readFileSync(join(root, "set", "data.parquet"));
}

beforeAll(async () => {
  [compacted, whole] = [await begin(), await begin()];
});
afterAll(async () => {
  for (const { store, root } of [compacted, whole]) {
    await store.close();
    rmSync(root, { recursive: true });
  }
});

const segmentsOf = ({ root }: Site): string[] => readdirSync(join(root, ".asof/log/clicks/segments"));

test("while events flow, compaction changes no outcome, no answer, no training set, and no proof", async () => {
  let done = 0;
  for (let made = 0; made < 400; made++) {
    clock.set(clock.now() + 10 * MINUTE);
    await send(made);
    if (made % 20 === 19) done += await compact(compacted);
    if (made % 50 === 0) expect(await answers(compacted, before)).toEqual(await answers(whole, before));
  }
  expect(done).toBeGreaterThan(20);
  expect(segmentsOf(compacted).length).toBeLessThan(12);
  expect(segmentsOf(whole).length).toBe(segmentsOf(compacted).length + done);
  expect(await compact(compacted)).toBe(0);
  const sets = [await trained(compacted, before), await trained(whole, before)];
  expect(sets[0]?.equals(sets[1] as Buffer)).toBe(true);
  const proofs = await Promise.all([compacted, whole].map(({ root }) => verifyLog(configOf(before), { root, log: "served", examples: 9 })));
  expect(proofs[0]).toMatchObject({ different: 0, missing: 0, skipped: 0, examples: [] });
  expect(proofs[0]).toEqual(proofs[1]);
});

test("while another process compacts, it is refused", async () => {
  const lock = await lockFolder(join(compacted.root, ".asof/log"), COMPACTING);
  await expect(compact(compacted)).rejects.toMatchObject({ code: "INGEST_COMPACTING" });
  await lock.release();
  expect(await compact(compacted)).toBe(0);
});

test("a view that is added later gets the states that it would have had from the start; ids that are long gone may be lost", async () => {
  for (const site of [compacted, whole]) {
    await site.store.close();
    rmSync(join(site.root, ".asof/log/clicks/ids"), { recursive: true });
    site.store = await openStore(configOf(after), { root: site.root, clock });
    await site.store.apply();
    await site.store.stream();
  }
  for (let made = 400; made < 420; made++) await send(made);
  const [found, expected] = [await answers(compacted, after), await answers(whole, after)];
  expect(found).toEqual(expected);
  for (const { values } of found as { values: Record<string, unknown> }[])
    for (const name of Object.keys(values).filter((one) => one.startsWith("old_"))) expect(values[name.replace("old", "fresh")]).toEqual(values[name]);
  expect((await trained(compacted, after)).equals(await trained(whole, after))).toBe(true);
  const proof = await verifyLog(configOf(after), { root: compacted.root, log: "served", examples: 9 });
  expect(proof).toMatchObject({ different: 0, missing: 0, examples: [] });
});
