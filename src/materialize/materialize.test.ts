// Runs from a real source into a real store: every mode, what is refused, and that what is served is the value at the tick.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { entity } from "../define/entity.ts";
import { events, rows } from "../define/source.ts";
import { every, streaming } from "../define/refresh.ts";
import { featureReader } from "../online/read.ts";
import { featureService } from "../define/feature-service.ts";
import { featureView } from "../define/feature-view.ts";
import { manualClock, timestampOf, DAY, HOUR, MINUTE, type ManualClock } from "../time.ts";
import { materialize, type Mode, type Progress, type Wings } from "./materialize.ts";
import { Offline } from "../offline/offline.ts";
import { openLmdb } from "../online/stores/lmdb.ts";
import { planService } from "../plan/service-plan.ts";
import { t } from "../schema/value-type.ts";
import type { OnlineStore } from "../online/store.ts";

/** User u buys for u cents at u minutes past each hour of the day; known 10 minutes later. */
const BOUGHT = Array.from({ length: 24 }, (_, hour) => hour).flatMap((hour) =>
  [1, 20, 55].map((u) => ({
    user_id: `u${u}`,
    at: timestampOf(hour * HOUR + u * MINUTE),
    loaded_at: timestampOf(hour * HOUR + (u + 10) * MINUTE),
    cents: BigInt(u),
  })),
);
const purchases = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp(), loaded_at: t.timestamp(), cents: t.int64() },
  eventTime: "at",
  availableAt: "loaded_at",
  batch: rows(BOUGHT),
});
const user = entity("user", { user_id: t.string() });
const spending = featureView("spending", {
  entity: user,
  source: purchases,
  refresh: every("1h", { delay: "5m" }),
  features: ({ count, sum }) => ({ n: count().over("1h"), cents: sum((p) => p.cents).over("3h") }),
});
const service = planService(featureService("s", { features: [spending] }));
const plan = service.views[0]!.view;

describe("materialize", () => {
  let folder: string;
  let offline: Offline;
  let store: OnlineStore;
  let clock: ManualClock;
  let wings: Wings;
  const run = (mode: Mode, now: number, onProgress?: (progress: Progress) => void): ReturnType<typeof materialize> => {
    clock.set(now);
    return materialize(wings, plan, mode, { onProgress });
  };
  const served = async (user_id: string): Promise<unknown[]> => {
    const answer = await featureReader(service, store, clock).one({ user_id });
    return [answer.values["n"], answer.values["cents"], answer.status["cents"], answer.asOf["cents"]];
  };
  /** Straight from the definition of a window and of what was available. */
  const expected = (u: number, tick: number): unknown[] => {
    const known = BOUGHT.filter((row) => row.user_id === `u${u}` && Number(row.at.micros) < tick && Number(row.loaded_at.micros) < tick);
    const since = (length: number): typeof known => known.filter((row) => Number(row.at.micros) >= tick - length);
    return [since(HOUR).length, since(3 * HOUR).reduce((sum, row) => sum + row.cents, 0n), "PRESENT", tick];
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "asof-materialize-"));
    offline = await Offline.open(folder);
    store = await openLmdb({ path: join(folder, "online") });
    clock = manualClock(0);
    wings = { offline, store, clock };
  });
  afterEach(async () => {
    await store.close();
    await offline.close();
    await rm(folder, { recursive: true });
  });

  test("now: the newest due tick is published once, and served is what was known at the tick", async () => {
    const first = await run({ kind: "now" }, 5 * HOUR + 30 * MINUTE);
    expect(first.published.map(({ run: { tick, entities, written, kind }, move }) => [tick, entities, written, kind, move.from])).toEqual([
      [5 * HOUR, 3, 3, "scheduled", 5 * HOUR + 30 * MINUTE],
    ]);
    for (const u of [1, 20, 55]) expect(await served(`u${u}`)).toEqual(expected(u, 5 * HOUR));
    expect(await served("nobody")).toEqual([0, null, "NOT_FOUND", 5 * HOUR]);
    expect((await run({ kind: "now" }, 5 * HOUR + 40 * MINUTE)).published).toEqual([]);
    const [second] = (await run({ kind: "now" }, 6 * HOUR)).published;
    expect(second?.run).toMatchObject({ tick: 6 * HOUR, entities: 3, written: 3, snapshot: { files: [expect.anything()] } });
    expect((await run({ kind: "tick", tick: 6 * HOUR }, 6 * HOUR)).published[0]?.run).toMatchObject({ written: 0 });
  });

  test("catch-up publishes every due tick in order; what it serves in the end is what `now` would", async () => {
    await run({ kind: "catch-up" }, 2 * HOUR);
    const seen: number[] = [];
    const caught = await run({ kind: "catch-up" }, 7 * HOUR + 1, ({ done, ticks }) => seen.push(done / ticks));
    expect(caught.published.map((one) => one.run.tick / HOUR)).toEqual([3, 4, 5, 6, 7]);
    expect(seen).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    for (const u of [1, 20, 55]) expect(await served(`u${u}`)).toEqual(expected(u, 7 * HOUR));
    await run({ kind: "catch-up" }, DAY + 4 * HOUR);
    expect(await served("u1"), "its last row left the windows").toEqual([0, null, "NOT_FOUND", DAY + 4 * HOUR]);
    expect((await store.runs(plan)).at(-3)).toMatchObject({ tick: DAY + 2 * HOUR, removed: 0 });
    expect((await store.runs(plan)).at(-1)).toMatchObject({ entities: 0, removed: 0 });
    expect((await store.runs(plan)).reduce((sum, one) => sum + one.removed, 0)).toBe(3);
  });

  test("a past tick: refused if older than what is online, if it is none, and if it is not due", async () => {
    await run({ kind: "tick", tick: 4 * HOUR }, 9 * HOUR);
    expect(await served("u20")).toEqual(expected(20, 4 * HOUR));
    await expect(run({ kind: "tick", tick: 3 * HOUR }, 9 * HOUR)).rejects.toMatchObject({ code: "MATERIALIZE_OLDER_TICK" });
    await expect(run({ kind: "tick", tick: 5 * HOUR + 1 }, 9 * HOUR)).rejects.toMatchObject({ code: "MATERIALIZE_NO_TICK" });
    await expect(run({ kind: "tick", tick: 10 * HOUR }, 9 * HOUR)).rejects.toMatchObject({ code: "MATERIALIZE_NOT_DUE" });
  });

  test("backfill records past ticks and publishes only a newest that is new", async () => {
    const first = await run({ kind: "backfill", from: HOUR, to: 4 * HOUR }, 9 * HOUR);
    expect([first.backfilled.map((one) => one.tick / HOUR), first.published.map((one) => one.run.tick / HOUR)]).toEqual([[1, 2, 3], [4]]);
    expect(await served("u1")).toEqual(expected(1, 4 * HOUR));
    const second = await run({ kind: "backfill", from: 0, to: 2 * HOUR + 1 }, 9 * HOUR);
    expect([second.backfilled.map((one) => one.tick / HOUR), second.published]).toEqual([[0, 1, 2], []]);
    expect((await store.runs(plan)).map((one) => [one.run, one.kind])).toEqual([
      [1, "backfill"],
      [2, "backfill"],
      [3, "backfill"],
      [4, "scheduled"],
      [5, "backfill"],
      [6, "backfill"],
      [7, "backfill"],
    ]);
    expect((await store.record(plan)).moves).toHaveLength(1);
    await expect(run({ kind: "backfill", from: HOUR + 1, to: HOUR + 2 }, 9 * HOUR)).rejects.toMatchObject({ code: "MATERIALIZE_NO_TICK" });
    await expect(run({ kind: "backfill", from: HOUR, to: 10 * HOUR }, 9 * HOUR)).rejects.toMatchObject({ code: "MATERIALIZE_NOT_DUE" });
  });

  test("given up, it leaves what was online", async () => {
    await run({ kind: "now" }, 3 * HOUR);
    const stop = new AbortController();
    clock.set(8 * HOUR);
    const ended = materialize(
      wings,
      plan,
      { kind: "catch-up" },
      { signal: stop.signal, onProgress: ({ done }) => (done === 2 ? stop.abort(new Error("enough")) : undefined) },
    );
    await expect(ended).rejects.toThrow("enough");
    expect(await served("u1")).toEqual(expected(1, 5 * HOUR));
    await run({ kind: "catch-up" }, 8 * HOUR);
    expect(await served("u1")).toEqual(expected(1, 8 * HOUR));
  });

  test("a streaming view is refused", async () => {
    const live = featureView("live", { entity: user, source: purchases, refresh: streaming(), features: ({ count }) => ({ n: count().over("1h") }) });
    const livePlan = planService(featureService("l", { features: [live] })).views[0]!.view;
    await expect(materialize(wings, livePlan, { kind: "now" })).rejects.toMatchObject({ code: "MATERIALIZE_NO_STREAMING" });
  });
});
