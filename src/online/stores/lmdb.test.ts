// What only the embedded store has: its folder, its size, several handles in one process, its lock files.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manualClock, systemClock, SECOND } from "../../time.ts";
import { openLmdb } from "./lmdb.ts";
import type { Absorbed } from "../state-store.ts";
import type { NewRun, PublishedRow, RowFound } from "../store.ts";

const VIEW = { name: "spending", version: "v1" };
const KEY = Buffer.from("a");
const READ = [{ view: VIEW, key: KEY }];
const newRun = (tick: number): NewRun => ({ tick, kind: "scheduled", startedAt: tick, snapshot: { source: "s", files: [] } });
const row = (text: string): PublishedRow[] => [{ key: KEY, row: Buffer.from(text) }];
const shown = (found: readonly (RowFound | null)[]): string => found.map((one) => (one?.row == null ? "none" : Buffer.from(one.row).toString())).join();

describe("the embedded store", () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "asof-lmdb-"));
  });
  afterEach(() => rm(path, { recursive: true }));

  test("two handles in one process see each other's publishes, and closing one leaves the other", async () => {
    const [writer, reader] = [await openLmdb({ path }), await openLmdb({ path })];
    expect(shown(reader.read(READ, 5))).toBe("none");
    await writer.publish(VIEW, newRun(1), row("1"), manualClock(1));
    expect(shown(reader.read(READ, 5))).toBe("1");
    await writer.close();
    expect(shown(reader.read(READ, 5))).toBe("1");
    await reader.close();
  });

  test("handles that are opened while another writes do not wait for it for ever, nor it for them", async () => {
    const writer = await openLmdb({ path });
    const states = Array.from({ length: 300 }, (_, i) => ({
      key: Buffer.from(`k${i}`),
      from: null,
      isNew: true,
      head: Buffer.alloc(300),
      written: new Map(),
      unnamed: [],
    }));
    let isOpening = true;
    let from: Absorbed | null = null;
    const writing = (async (): Promise<void> => {
      for (let end = 1; isOpening; end++) {
        const to: Absorbed = { log: "l", end, upTo: end };
        await writer.states.absorb([{ view: VIEW, from, to, states }]);
        from = to;
      }
    })();
    for (let i = 0; i < 100; i++) {
      const other = await openLmdb({ path });
      expect((await other.states.absorbed(VIEW))?.end ?? 0).toBeGreaterThanOrEqual(0);
      if (i % 3 === 0) await other.registry.read();
      await other.close();
      await new Promise((done) => setTimeout(done, i % 5));
    }
    isOpening = false;
    await writing;
    await writer.close();
    const again = await openLmdb({ path });
    expect(await again.states.absorbed(VIEW)).toEqual(from);
    await again.close();
  });

  test("a store that outgrows its address space goes on", async () => {
    const store = await openLmdb({ path, mapBytes: 2 ** 20 });
    await store.publish(VIEW, newRun(1), row("1"), manualClock(1));
    const large = Array.from({ length: 5000 }, (_, i) => ({ key: Buffer.from(`k${String(i).padStart(6, "0")}`), row: Buffer.alloc(1000, "x") }));
    await store.publish(VIEW, newRun(2), large, manualClock(2));
    expect(shown(store.read([{ view: VIEW, key: Buffer.from("k004999") }, ...READ], 2))).toBe(`${"x".repeat(1000)},none`);
    await store.close();
  });

  test("on the machine's clock a move holds a moment after it is visible, and a publish resolves once it holds", async () => {
    const store = await openLmdb({ path });
    const before = systemClock.now();
    const { move, late } = await store.publish(VIEW, newRun(1), row("1"), systemClock);
    expect(move.from).toBeGreaterThan(before);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(systemClock.now()).toBeGreaterThanOrEqual(move.from);
    expect([shown(store.read(READ, move.from - 1)), shown(store.read(READ, systemClock.now()))]).toEqual(["none", "1"]);
    await store.close();
  });

  test("a declared lead keeps a run back on any clock; another cannot be published before it holds", async () => {
    const store = await openLmdb({ path, lead: SECOND });
    const clock = manualClock(0);
    expect((await store.publish(VIEW, newRun(0), row("1"), clock)).move.from).toBe(SECOND);
    await expect(store.publish(VIEW, newRun(1), row("2"), clock)).rejects.toMatchObject({ code: "MATERIALIZE_CLOCK_BEHIND" });
    clock.set(SECOND);
    await store.publish(VIEW, newRun(1), row("2"), clock);
    expect([SECOND - 1, SECOND, 2 * SECOND].map((at) => shown(store.read(READ, at) as (RowFound | null)[]))).toEqual(["none", "1", "2"]);
    await store.close();
  });

  test("rows out of order are a defect that is found, not stored", async () => {
    const store = await openLmdb({ path });
    await expect(store.publish(VIEW, newRun(1), [...row("1"), ...row("2")], manualClock(1))).rejects.toThrow("strictly ascending");
    expect(shown(store.read(READ, 1))).toBe("none");
    await store.close();
  });

  test("a folder that cannot be used, and a file that is no store, are told as such", async () => {
    const file = join(path, "file");
    await writeFile(file, "x");
    await expect(openLmdb({ path: join(file, "store") })).rejects.toMatchObject({ code: "STORE_CANNOT_OPEN" });
    const bad = join(path, "bad");
    await (await openLmdb({ path: bad })).close();
    for (const length of [(await readFile(join(bad, "data.mdb"))).length, 100, 25, 7, 1]) {
      await writeFile(join(bad, "data.mdb"), Buffer.alloc(length, 7));
      await expect(openLmdb({ path: bad })).rejects.toMatchObject({ code: "STORE_CANNOT_OPEN" });
    }
  });
});
