// The absorber of a log over a real log and store: states that are built from what came before it, whatever becomes of the process meanwhile.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
const added = featureView("added", {
  entity: user,
  source: clicks,
  refresh: streaming(),
  features: ({ lastN, sum }) => ({ added_newest: lastN((c) => c.n, 3).lifetime(), added_total: sum((c) => c.n).lifetime() }),
});
const service = planService(featureService("svc", { features: [totals] }));
const views = service.views.map(({ view }) => view);
const both = planService(featureService("both", { features: [totals, added] }));
const bothViews = both.views.map(({ view }) => view);
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

async function valuesOf(userId: string, of = service): Promise<Readonly<Record<string, unknown>>> {
  return (await featureReader(of, store, manualClock(BEGAN)).one({ user_id: userId })).values;
}

/** Appends a record to the log: a click, or a correction of what a row said. */
async function append(n: number, was: LogRecord | null = null): Promise<LogRecord> {
  const cells = was === null ? [`u${n % 3}`, BEGAN, BigInt(n)] : was.cells.with(2, BigInt(n));
  const replaces = was === null ? null : { position: was.position, was: was.cells };
  const record: LogRecord = { position: log.end, available: log.stamp(), replaces, cells };
  await log.append(Buffer.from(format.line(record)));
  return record;
}

/** How far the view is that is behind; null where none is. */
const behindAt = (absorber: Absorber): number | null => absorber.state.behind[0]?.end ?? null;

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

describe("a view that is new", () => {
  const ROWS = 20_000;
  const begin = async (history = () => pages(ROWS, 7500)): Promise<Absorber> => {
    const before = await Absorber.open(log, store.states, views, () => pages(ROWS, 7500));
    await before.built();
    await before.close();
    return Absorber.open(log, store.states, bothViews, history);
  };

  test("is built between live records, which wait for one batch of it at most, and joins them with none missed or twice", async () => {
    const absorber = await begin();
    let total = BigInt((ROWS * (ROWS - 1)) / 2);
    let waited = 0;
    for (let sent = 0; absorber.state.behind.length > 0; sent++) {
      const corrected = past(sent * 7, ROWS); // rows that it has, and later ones that it has not
      const record = await append(sent, sent % 2 === 0 ? null : corrected);
      total += BigInt(sent) - (sent % 2 === 0 ? 0n : (corrected.cells[2] as bigint));
      const from = behindAt(absorber);
      void absorber.take([record]);
      await absorber.visible(record.position);
      const to = behindAt(absorber);
      expect(absorber.state.upTo).toBe(record.available);
      if (from === null || to === null || to >= 0) continue;
      expect(to - from).toBeLessThanOrEqual(500); // the batch that ran
      waited++;
    }
    expect(waited).toBeGreaterThan(5);
    await absorber.built();
    const all = await Promise.all(["u0", "u1", "u2"].map((userId) => valuesOf(userId, both)));
    for (const { total: own, added_total: newly } of all) expect(newly).toBe(own);
    expect(all.reduce((sum, { total: own }) => sum + (own as bigint), 0n)).toBe(total);
    await absorber.close();
  });

  test("has all the log that came before it, and all that comes while it reads it", async () => {
    const before = await Absorber.open(log, store.states, views);
    for (let n = 0; n < 3000; n++) void before.take([await append(n)]);
    await before.close();
    const absorber = await Absorber.open(log, store.states, bothViews);
    expect(absorber.state).toMatchObject({ end: log.end, behind: [{ view: "added", answers: false }] });
    for (let n = 3000; absorber.state.behind.length > 0; n++) void absorber.take([await append(n)]);
    for (const userId of ["u0", "u1", "u2"]) {
      const { total, added_total: newly } = await valuesOf(userId, both);
      expect(newly).toBe(total);
    }
    await absorber.close();
  });

  test("that cannot read its history is told of and tried again, and does not hold up the others", async () => {
    let isMended = false;
    async function* history(): AsyncGenerator<readonly LogRecord[]> {
      yield* pages(ROWS, 1500, isMended ? ROWS : 6000);
      if (!isMended) throw new Error("the disk is gone");
    }
    const absorber = await begin(history);
    while (absorber.state.problem === null) await turned();
    expect(absorber.state.problem).toBe("the disk is gone");
    const record = await append(5);
    void absorber.take([record]);
    await absorber.visible(record.position);
    expect(absorber.state.behind).toMatchObject([{ view: "added", answers: false }]);
    isMended = true;
    await absorber.built();
    expect(absorber.state.problem).toBe(null);
    const { total, added_total: newly } = await valuesOf("u2", both);
    expect(newly).toBe(total);
    await absorber.close();
  });
});

test("a record is visible once the first view answers, where none did", async () => {
  const absorber = await Absorber.open(log, store.states, views, () => pages(5000, 1500));
  const record = await append(7);
  void absorber.take([record]);
  await absorber.visible(record.position);
  expect((await valuesOf("u1"))["clicks"]).toBe(1668);
  await absorber.close();
});
