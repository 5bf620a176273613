// Applying definitions: what is found, what is refused, and two that apply at one time.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "../define/config.ts";
import { entity } from "../define/entity.ts";
import { events, ingest, rows } from "../define/source.ts";
import { every, streaming } from "../define/refresh.ts";
import { featureService } from "../define/feature-service.ts";
import { featureView } from "../define/feature-view.ts";
import { HOUR, manualClock, parseTime, timestamp } from "../time.ts";
import { openStore, type Store } from "../feature-store.ts";
import { RegistryMovedError } from "./apply.ts";
import { t } from "../schema/value-type.ts";

const NOON = parseTime("2026-06-01T12:00:00Z");
const user = entity("user", { user_id: t.string() });
const purchases = events("purchases", {
  schema: { user_id: t.string(), at: t.timestamp() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  batch: rows([{ user_id: "u1", at: timestamp("2026-06-01T08:30:00Z") }]),
});

interface Options {
  readonly window?: "1d" | "2d";
  readonly live?: boolean;
  readonly more?: boolean;
}

/** A config in which what is asked for is other. */
function config({ window = "1d", live = true, more = true }: Options) {
  const clicks = events("clicks", {
    schema: { user_id: t.string(), at: t.timestamp(), ...(more ? { page: t.string() } : {}) },
    eventTime: "at",
    availableAt: { delay: "0s" },
    late: "1d",
    stream: ingest(),
  });
  const spending = featureView("spending", {
    entity: user,
    source: purchases,
    refresh: every("1h"),
    features: ({ count, exists }) => ({ n: count().over(window), ...(more ? { any: exists().over("1d") } : {}) }),
  });
  const clicking = featureView("clicking", { entity: user, source: clicks, refresh: streaming(), features: ({ count }) => ({ clicks: count().over(window) }) });
  return defineConfig({
    services: [live ? featureService("checkout", { features: [spending, clicking] }) : featureService("checkout", { features: [spending] })],
  });
}

let root: string;
const clock = manualClock(NOON);
const opened: Store[] = [];
const open = async (options: Options = {}): Promise<Store> => {
  const store = await openStore(config(options), { root, clock });
  opened.push(store);
  return store;
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-apply-"));
  clock.set(NOON);
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await rm(root, { recursive: true });
});

describe("the diff", () => {
  test("of what was never applied is all new, and looking makes no store", async () => {
    const store = await open();
    expect(await store.changes()).toMatchObject({
      revision: 0,
      views: [
        { view: "spending", change: "new", before: null, recompute: { kind: "every", next: NOON, since: null, ticks: 1 } },
        { view: "clicking", change: "new", recompute: { kind: "streaming", logBytes: null } },
      ],
      sources: [
        { source: "purchases", change: "new" },
        { source: "clicks", change: "new" },
      ],
    });
    expect(existsSync(join(root, ".asof"))).toBe(false);
  });

  test("says what changed, what that has computed again, and applying it twice changes nothing", async () => {
    const before = await open();
    await before.apply();
    clock.set(NOON - 3 * HOUR);
    await before.materialize({ views: ["spending"] });
    clock.set(NOON);
    await before.materialize({ views: ["spending"] });
    const stream = await before.stream();
    await stream.ingest("clicks", [{ user_id: "u1", at: "2026-06-01T11:00:00Z", page: "p" }]);
    const store = await open({ window: "2d" });
    const found = await store.changes();
    expect(found).toMatchObject({
      revision: 1,
      views: [
        {
          change: "changed",
          what: ["feature n: count() over 1d -> count() over 2d"],
          recompute: { kind: "every", next: NOON, since: NOON - 3 * HOUR, ticks: 4 },
        },
        { change: "changed", recompute: { kind: "streaming" } },
      ],
      sources: [{ change: "same" }, { change: "same" }],
    });
    const { recompute } = found.views[1] as (typeof found.views)[number];
    expect(recompute?.kind === "streaming" && recompute.logBytes).toBeGreaterThan(50);
    expect(await store.apply()).toEqual(found);
    const again = await store.apply();
    expect([again.revision, ...again.views.map(({ change }) => change)]).toEqual([2, "same", "same"]);
    expect(await store.changes()).toEqual(again);
  });

  test("a view that is gone is told of once; brought back it is new", async () => {
    await (await open()).apply();
    const store = await open({ live: false });
    expect((await store.apply()).views).toMatchObject([{ change: "same" }, { view: "clicking", change: "gone", recompute: null }]);
    expect((await store.apply()).views).toMatchObject([{ change: "same" }]);
    const back = await open();
    expect((await back.apply()).views).toMatchObject([{ change: "same" }, { view: "clicking", change: "new", before: null }]);
  });
});

test("code whose version is not applied yet is no server for requests; code whose version was, goes on to be", async () => {
  const [before, after] = [await open({ live: false }), await open({ live: false, window: "2d" })];
  expect(await before.problems()).toEqual(["view spending is not applied: run asof apply"]);
  await before.apply();
  expect([await before.problems(), (await after.problems())[0]]).toEqual([
    [],
    expect.stringMatching(/^view spending is applied as version .*: run asof apply/),
  ]);
  await after.apply();
  expect([await before.problems(), await after.problems()]).toEqual([[], []]);
});

describe("refused is", () => {
  test("the second of two that apply at one time, with the diff against what is there by then", async () => {
    const [one, two] = [await open(), await open({ window: "2d" })];
    const [a, b] = await Promise.allSettled([one.apply(), two.apply()]);
    const refused = [a, b].find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect([a.status, b.status].toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(refused.reason).toBeInstanceOf(RegistryMovedError);
    const { code, changes } = refused.reason as RegistryMovedError;
    expect([code, changes.revision, ...changes.views.map(({ change }) => change)]).toEqual(["REGISTRY_MOVED", 1, "changed", "changed"]);
  });

  test("with preventDestroy, that a view, a feature or a column would be gone, and nothing is written", async () => {
    await (await open()).apply();
    const store = await open({ live: false, more: false });
    await expect(store.apply({ preventDestroy: true })).rejects.toMatchObject({
      code: "REGISTRY_PREVENTED",
      what: "it would be gone: view clicking, view spending, feature any",
    });
    await expect((await open({ more: false })).apply({ preventDestroy: true })).rejects.toMatchObject({
      what: "it would be gone: view spending, feature any, source clicks, column page removed",
    });
    expect((await store.changes()).revision).toBe(1);
    expect((await (await open({ window: "2d" })).apply({ preventDestroy: true })).views).toMatchObject([{ change: "changed" }, { change: "changed" }]);
  });

  test("a schema that the records of a log do not have, by apply and by a stream; while there are none it may change", async () => {
    await (await open()).apply();
    await (await open({ more: false })).apply();
    const store = await open();
    await store.apply();
    const stream = await store.stream();
    await stream.ingest("clicks", [{ user_id: "u1", at: "2026-06-01T11:00:00Z", page: "p" }]);
    await stream.close();
    const other = await open({ more: false });
    const refused = { code: "REGISTRY_SCHEMA", where: "source clicks", what: "its log holds records that were written otherwise (column page removed)" };
    await expect(other.apply()).rejects.toMatchObject(refused);
    await expect(other.stream()).rejects.toMatchObject(refused);
    expect((await other.changes()).revision).toBe(3);
  });
});
