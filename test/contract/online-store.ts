// What every online store must do, whatever it is made of: one suite, run over each implementation.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Place } from "./stores.ts";
import { manualClock, type ManualClock, type Micros } from "../../src/time.ts";
import { UNREACHED, type NewRun, type OnlineStore, type Published, type PublishedRow, type StoredView, type Unreached } from "../../src/online/store.ts";

const VIEW: StoredView = { name: "spending", version: "v1" };
const OTHER: StoredView = { name: "spending", version: "v2" };

/** Rows in order of key, from text to text. */
function rowsOf(values: Readonly<Record<string, string>>): PublishedRow[] {
  return Object.entries(values)
    .map(([key, row]) => ({ key: Buffer.from(key), row: Buffer.from(row) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
}

/** A run for a tick, as a publisher describes it. */
export function newRun(tick: Micros): NewRun {
  return { tick, kind: "scheduled", startedAt: tick, snapshot: { source: "purchases", files: [] } };
}

/** What a reader at T finds: the run and each key's row as text; null where no run holds. */
async function lookUp(
  store: OnlineStore,
  at: Micros,
  keys: readonly string[],
  view: StoredView = VIEW,
): Promise<{ run: number; rows: (string | null)[] } | null> {
  const found = reached(
    await store.read(
      keys.map((key) => ({ view, key: Buffer.from(key) })),
      at,
    ),
  );
  const [first] = found;
  if (first === null || first === undefined) return null;
  return { run: first.move.run, rows: found.map((one) => (one?.row == null ? null : Buffer.from(one.row).toString())) };
}

/** What was read, where all of it was answered. */
export function reached<T>(found: readonly (T | Unreached | null)[]): readonly (T | null)[] {
  expect(found).not.toContain(UNREACHED);
  return found as readonly (T | null)[];
}

async function scanned(store: OnlineStore, at: Micros): Promise<string[]> {
  const all: string[] = [];
  for await (const { key, row } of store.scan(VIEW, at)) all.push(`${Buffer.from(key).toString()}=${Buffer.from(row).toString()}`);
  return all;
}

/** The suite. */
export function onlineStoreContract(name: string, newPlace: () => Promise<Place>): void {
  describe(`${name} keeps the contract of an online store`, () => {
    let place: Place;
    let store: OnlineStore;
    let clock: ManualClock;
    const publish = (tick: Micros, values: Readonly<Record<string, string>>, at: Micros = tick): Promise<Published> => {
      clock.set(at);
      return store.publish(VIEW, newRun(tick), rowsOf(values), clock);
    };
    beforeEach(async () => {
      place = await newPlace();
      store = await place.open();
      clock = manualClock(0);
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    test("no run holds before the first publish", async () => {
      expect(await lookUp(store, 100, ["a"])).toBeNull();
      await publish(10, { a: "1" }, 15);
      expect(await lookUp(store, 14, ["a"])).toBeNull();
      expect(await lookUp(store, 15, ["a", "b"])).toEqual({ run: 1, rows: ["1", null] });
      expect(await lookUp(store, 15, ["a"], OTHER)).toBeNull();
    });

    test("a run replaces the one before; a reader at an older T still finds that one", async () => {
      await publish(10, { a: "1", b: "1", c: "1" });
      const second = await publish(20, { a: "2", c: "1", d: "2" });
      expect(second.run).toMatchObject({ run: 2, tick: 20, entities: 3, written: 2, removed: 1 });
      expect(await lookUp(store, 19, ["a", "b", "c", "d"])).toEqual({ run: 1, rows: ["1", "1", "1", null] });
      expect(await lookUp(store, 20, ["a", "b", "c", "d"])).toEqual({ run: 2, rows: ["2", null, "1", "2"] });
      await publish(30, { a: "3" });
      expect(await lookUp(store, 15, ["a"]), "the rows of run 1 are gone: no run, never another's rows").toBeNull();
      expect(await lookUp(store, 25, ["a", "c"])).toEqual({ run: 2, rows: ["2", "1"] });
      expect(await lookUp(store, 30, ["a", "c"])).toEqual({ run: 3, rows: ["3", null] });
    });

    test("rows equal to what is stored are not rewritten", async () => {
      await publish(10, { a: "1", b: "1" });
      expect((await publish(20, { a: "1", b: "2" })).run).toMatchObject({ entities: 2, written: 1, removed: 0 });
      expect((await publish(30, { a: "1", b: "2" })).run).toMatchObject({ entities: 2, written: 0, removed: 0 });
      expect(await lookUp(store, 30, ["a", "b"])).toEqual({ run: 3, rows: ["1", "2"] });
    });

    test("rollback goes back to the run before, and the next run is right for keys that only the bad one changed", async () => {
      await publish(10, { a: "1", b: "1" });
      await publish(20, { a: "1", b: "bad", c: "bad" });
      clock.set(25);
      expect(await store.rollback(VIEW, clock)).toEqual({ from: 25, run: 1, tick: 10, kind: "rollback" });
      expect(await lookUp(store, 24, ["a", "b", "c"])).toEqual({ run: 2, rows: ["1", "bad", "bad"] });
      expect(await lookUp(store, 25, ["a", "b", "c"])).toEqual({ run: 1, rows: ["1", "1", null] });
      await publish(30, { a: "1", b: "1" });
      expect(await lookUp(store, 29, ["a", "b", "c"])).toEqual({ run: 1, rows: ["1", "1", null] });
      expect(await lookUp(store, 30, ["a", "b", "c"])).toEqual({ run: 3, rows: ["1", "1", null] });
      expect(await lookUp(store, 24, ["b"]), "a run that was rolled back goes with the next publish").toBeNull();
    });

    test("rollback is refused where there is no run before", async () => {
      await expect(store.rollback(VIEW, clock)).rejects.toMatchObject({ code: "MATERIALIZE_NO_RUN_BEFORE" });
      await publish(10, { a: "1" });
      await expect(store.rollback(VIEW, clock)).rejects.toMatchObject({ code: "MATERIALIZE_NO_RUN_BEFORE" });
      await publish(20, { a: "2" });
      await store.rollback(VIEW, clock);
      await expect(store.rollback(VIEW, clock)).rejects.toMatchObject({ code: "MATERIALIZE_NO_RUN_BEFORE" });
    });

    test("an older tick never replaces a newer, and moves never go back in time", async () => {
      await publish(20, { a: "2" }, 50);
      await expect(publish(10, { a: "1" }, 60)).rejects.toMatchObject({ code: "MATERIALIZE_OLDER_TICK" });
      await expect(publish(30, { a: "3" }, 40)).rejects.toMatchObject({ code: "MATERIALIZE_CLOCK_BEHIND" });
      await publish(20, { a: "2 again" }, 50);
      const { moves } = await store.record(VIEW);
      expect(moves.map(({ from, tick, kind }) => [from, tick, kind])).toEqual([
        [50, 20, "publish"],
        [50, 20, "publish"],
      ]);
      expect(await lookUp(store, 50, ["a"])).toEqual({ run: moves[1]?.run, rows: ["2 again"] });
    });

    test("a publish that fails leaves readers where they were, and the next one is right", async () => {
      await publish(10, { a: "1", b: "1" });
      const failing = async function* (): AsyncGenerator<PublishedRow> {
        for (let i = 0; i < 5000; i++) yield { key: Buffer.from(`a${String(i).padStart(5, "0")}`), row: Buffer.from("dead") };
        await Promise.resolve();
        throw new Error("the source is gone");
      };
      clock.set(20);
      await expect(store.publish(VIEW, newRun(20), failing(), clock)).rejects.toThrow("the source is gone");
      expect(await lookUp(store, 20, ["a", "a00000", "b"])).toEqual({ run: 1, rows: ["1", null, "1"] });
      expect(await scanned(store, 20)).toEqual(["a=1", "b=1"]);
      const next = await publish(20, { a: "2", a00001: "dead", b: "1" });
      expect(next.run).toMatchObject({ run: 3, entities: 3, written: 1, removed: 0 });
      expect(await scanned(store, 20)).toEqual(["a=2", "a00001=dead", "b=1"]);
    });

    /** Begins a publish whose rows stop coming after these, until it is let go. */
    const begin = async (values: Readonly<Record<string, string>>): Promise<{ readonly done: Promise<Published>; release(): void }> => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const slow = async function* (): AsyncGenerator<PublishedRow> {
        yield* rowsOf(values);
        await gate;
      };
      const done = store.publish(VIEW, newRun(10), slow(), clock);
      done.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { done, release };
    };

    test("of two publishers of a view one is refused: the second, where the first has begun to write; another view is free", async () => {
      const many = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`k${String(i).padStart(5, "0")}`, "1"]));
      const first = await begin(many);
      await expect(publish(10, { k00001: "2" })).rejects.toMatchObject({ code: "STORE_LOCKED" });
      await store.publish(OTHER, newRun(10), rowsOf({ a: "other" }), clock);
      first.release();
      await first.done;
      expect(await lookUp(store, 10, ["k00001"])).toEqual({ run: 1, rows: ["1"] });
      expect(await lookUp(store, 10, ["a"], OTHER)).toEqual({ run: 1, rows: ["other"] });
    });

    test("and either of them, where neither has written", async () => {
      const first = await begin({ a: "1", b: "1" });
      const second = publish(10, { a: "2" });
      await second.catch(() => undefined);
      first.release();
      const done = await Promise.allSettled([first.done, second]);
      expect(done.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      const [refused] = done.flatMap((one) => (one.status === "rejected" ? [one.reason as { readonly code: string }] : []));
      expect(["STORE_MOVED", "STORE_LOCKED"]).toContain(refused?.code);
      expect((await lookUp(store, 10, ["a", "b"]))?.rows).toEqual(done[0].status === "fulfilled" ? ["1", "1"] : ["2", null]);
    });

    test("keys are bytes: a NUL, a prefix of another, 1,024 bytes", async () => {
      const long = "k".repeat(1024);
      const values = { "\0": "nul", "\0\0": "two", a: "1", "a\0b": "2", ab: "3", [long]: "long" };
      await publish(10, values);
      expect((await lookUp(store, 10, Object.keys(values)))?.rows).toEqual(Object.values(values));
      expect(await scanned(store, 10)).toEqual(rowsOf(values).map(({ key, row }) => `${key.toString()}=${Buffer.from(row).toString()}`));
    });

    test("all is there after it was closed and opened again", async () => {
      await publish(10, { a: "1" });
      await publish(20, { a: "2", b: "x".repeat(10_000) });
      await store.close();
      store = await place.open();
      expect(await lookUp(store, 20, ["a", "b"])).toEqual({ run: 2, rows: ["2", "x".repeat(10_000)] });
      expect((await store.runs(VIEW)).map((run) => [run.run, run.tick])).toEqual([
        [1, 10],
        [2, 20],
      ]);
      expect((await store.record(VIEW)).moves.map((move) => [move.from, move.run])).toEqual([
        [10, 1],
        [20, 2],
      ]);
      await publish(30, { a: "3" });
      expect(await lookUp(store, 30, ["a", "b"])).toEqual({ run: 3, rows: ["3", null] });
    });

    test("backfilled runs are recorded without rows or moves", async () => {
      await publish(50, { a: "5" });
      const run = { ...newRun(10), kind: "backfill" as const, finishedAt: 60, entities: 7, written: 0, removed: 0 };
      await store.recordBackfill(VIEW, [run, { ...run, tick: 20 }]);
      expect((await store.runs(VIEW)).map(({ run: n, tick, kind }) => [n, tick, kind])).toEqual([
        [1, 50, "scheduled"],
        [2, 10, "backfill"],
        [3, 20, "backfill"],
      ]);
      expect((await store.record(VIEW)).moves).toHaveLength(1);
      expect((await publish(60, { a: "6" })).run.run).toBe(4);
    });

    test("many runs, among them more keys than a batch holds", async () => {
      const keys = Array.from({ length: 5000 }, (_, i) => `k${String(i).padStart(5, "0")}`);
      for (let n = 1; n <= 4; n++) {
        const values = Object.fromEntries(keys.filter((_, i) => i % 5 !== n).map((key, i) => [key, i % 3 === n % 3 ? `run ${n}` : "same"]));
        await publish(n * 10, values);
        expect(await scanned(store, n * 10)).toEqual(rowsOf(values).map(({ key, row }) => `${key.toString()}=${Buffer.from(row).toString()}`));
      }
    });
  });
}
