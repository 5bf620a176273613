// The absorber of a log over a real log and store: states that are built from what came before it, whatever becomes of the process meanwhile.
import { afterEach, beforeEach, expect, test } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Absorber } from "./absorber.ts";
import { entity, events, featureService, featureView, ingest, manualClock, streaming, t } from "asof";
import { EventLog } from "./event-log.ts";
import { featureReader } from "../online/read.ts";
import { openLmdb } from "../online/stores/lmdb.ts";
import { planService } from "../plan/service-plan.ts";
import { recordColumns } from "../plan/event-log.ts";
import { recordFormat, type LogRecord } from "./record.ts";
import type { OnlineStore } from "../online/store.ts";

const clicks = events("clicks", {
  schema: { user_id: t.string(), at: t.timestamp(), n: t.int64() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  late: "1d",
  stream: ingest(),
});
const user = entity("user", { user_id: t.string() });
const totals = featureView("totals", {
  entity: user,
  source: clicks,
  refresh: streaming(),
  features: ({ count, sum }) => ({ clicks: count().lifetime(), total: sum((c) => c.n).lifetime() }),
});
const service = planService(featureService("svc", { features: [totals] }));
const views = service.views.map(({ view }) => view);
const format = recordFormat(recordColumns(clicks));
const BEGAN = 1_000_000;

let folder: string;
let store: OnlineStore;
let log: EventLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-absorber-"));
  store = await openLmdb({ path: join(folder, "online") });
  log = await EventLog.open({ folder: join(folder, "log"), source: clicks.name, format, segmentBytes: 10_000, clock: manualClock(BEGAN) });
});
afterEach(async () => {
  await log.close();
  await store.close();
  await rm(folder, { recursive: true });
});

/** Row `i` of `length` in a history, of one of three users. */
const past = (i: number, length: number): LogRecord => ({ position: i - length, available: i, replaces: null, cells: [`u${i % 3}`, i, BigInt(i)] });

/** Rows `from` to `to` of a history, `page` at a time. */
async function* pages(length: number, page: number, to = length): AsyncGenerator<readonly LogRecord[]> {
  for (let from = 0; from < to; from += page) yield Array.from({ length: Math.min(page, to - from) }, (_, i) => past(from + i, length));
}

/** Lets what an absorber has to do be done. */
const turned = (): Promise<void> => sleep(20);

async function valuesOf(userId: string): Promise<unknown> {
  return (await featureReader(service, store, manualClock(BEGAN)).one({ user_id: userId })).values;
}

test("a build that ends in the middle of a history goes on where it was, whatever pages the rows come in", async () => {
  async function* failing(): AsyncGenerator<readonly LogRecord[]> {
    yield* pages(30, 10, 20);
    throw new Error("the disk is gone");
  }
  await expect(Absorber.open(log, store.states, views, failing)).rejects.toThrow("the disk is gone");
  expect(await store.states.absorbed(views[0]!)).toMatchObject({ end: -10 });
  const absorber = await Absorber.open(log, store.states, views, () => pages(30, 7));
  await absorber.close();
  expect(await valuesOf("u0")).toEqual({ clicks: 10, total: 135n });
});

test("a clock that is set back does not take the watermark with it", async () => {
  const absorber = await Absorber.open(log, store.states, views);
  for (const at of [BEGAN + 500, BEGAN - 500]) {
    absorber.beat(at);
    await turned();
  }
  expect(absorber.state.upTo).toBe(BEGAN + 500);
  await absorber.close();
});
