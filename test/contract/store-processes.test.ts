// A store between processes: a reader beside the writer, and a writer that is killed at any moment.
import { fork, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newRun } from "./online-store.ts";
import { openLmdb } from "../../src/online/stores/lmdb.ts";
import { openRedis } from "../../src/online/stores/redis.ts";
import { redis } from "../../src/define/redis.ts";
import { startRedis, type RedisServer } from "../services/redis.ts";
import { rowsAt, SHARED_VIEW, type ReaderReport } from "./store-process.ts";
import { manualClock, MILLISECOND, systemClock, type Micros } from "../../src/time.ts";
import type { OnlineConfig } from "../../src/define/config.ts";
import type { OnlineStore } from "../../src/online/store.ts";

const CHILD = join(import.meta.dirname, "store-process.ts");
/** Runs TypeScript as it is. */
const JITI = join(import.meta.dirname, "../../node_modules/jiti/lib/jiti-cli.mjs");
const ROUNDS = 20;

/** A place for one test, as the processes are told of it. */
interface Shared {
  readonly config: OnlineConfig;
  /** Opens it in this process, with a lead that is short. */
  open(lead?: Micros): Promise<OnlineStore>;
  remove(): Promise<void>;
}

let server: RedisServer;
let prefixes = 0;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

async function embeddedPlace(): Promise<Shared> {
  const path = await mkdtemp(join(tmpdir(), "asof-processes-"));
  return {
    config: { kind: "embedded", path },
    open: (lead) => openLmdb({ path, ...(lead === undefined ? {} : { lead }) }),
    remove: () => rm(path, { recursive: true }),
  };
}

function redisPlace(): Promise<Shared> {
  const config = redis({ url: server.url, prefix: `shared${++prefixes}`, partitions: 3, timeout: "5s" });
  return Promise.resolve({ config, open: (lead = config.lead) => openRedis({ ...config, lead }), remove: async () => void (await server.command("FLUSHALL")) });
}

describe.each([
  ["the embedded store", embeddedPlace],
  ["Redis", redisPlace],
])("%s between processes", (_, newPlace) => {
  let place: Shared;
  let children: ChildProcess[];
  const child = async (mode: string, ...args: readonly string[]): Promise<ChildProcess> => {
    const started = fork(JITI, [CHILD, mode, JSON.stringify(place.config), ...args], { execArgv: [] });
    children.push(started);
    const first = await Promise.race([once(started, "message"), once(started, "exit")]);
    expect(first).toEqual(["ready", undefined]);
    return started;
  };
  const contents = async (store: OnlineStore, at: number): Promise<string[]> => {
    const all: string[] = [];
    for await (const { key, row } of store.scan(SHARED_VIEW, at)) all.push(`${Buffer.from(key).toString("hex")} ${Buffer.from(row).toString()}`);
    return all;
  };
  const expected = (n: number, keys: number): string[] =>
    rowsAt(n, keys).map(({ key, row }) => `${Buffer.from(key).toString("hex")} ${Buffer.from(row).toString()}`);
  beforeEach(async () => {
    place = await newPlace();
    children = [];
  });
  afterEach(async () => {
    for (const one of children) one.kill("SIGKILL");
    await place.remove();
  });

  test("a reading process sees one run or the next, never a mixture, and none before its time", { timeout: 60_000 }, async () => {
    const store = await place.open(5 * MILLISECOND);
    const keys = 150;
    const reader = await child("read", String(keys));
    const moves = [];
    for (let n = 1; n <= 120; n++) moves.push(await store.publish(SHARED_VIEW, newRun(n), rowsAt(n, keys), systemClock));
    reader.send("stop");
    const [report] = (await once(reader, "message")) as [ReaderReport];
    await store.close();
    expect(report.mixtures).toEqual([]);
    expect(Object.keys(report.ticks).length, "the reader came along").toBeGreaterThan(20);
    expect(report.unavailable).toBeLessThan(report.reads / 2);
    for (const [i, { move, late }] of moves.entries()) {
      const [seen, before] = [report.ticks[move.tick], report.ticks[move.tick - 1]];
      if (seen !== undefined) expect(seen.first).toBeGreaterThanOrEqual(move.from);
      if (before !== undefined && i > 0 && late === 0)
        expect(before.last, `tick ${move.tick - 1} was read at T >= the move to the next`).toBeLessThan(move.from);
    }
  });

  test(`a publisher killed at ${ROUNDS} random moments leaves a whole run, no older than it acknowledged`, { timeout: 120_000 }, async () => {
    const keys = 6000;
    let last = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const publisher = await child("publish", String(keys), String(last));
      let acknowledged = last;
      publisher.on("message", (n: number) => (acknowledged = n));
      if (round % 2 === 0) await once(publisher, "message"); // else it may die in its first publish
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      publisher.kill("SIGKILL");
      await once(publisher, "exit");
      const store = await place.open();
      const { moves } = await store.record(SHARED_VIEW);
      const newest = moves.at(-1);
      expect(newest?.tick ?? 0, `round ${round}`).toBeGreaterThanOrEqual(acknowledged);
      if (newest !== undefined) {
        last = newest.tick;
        expect(await contents(store, last), `round ${round}, tick ${last}`).toEqual(expected(last, keys));
        expect(
          (await store.runs(SHARED_VIEW)).map((run) => run.run),
          "runs that died are no runs",
        ).toEqual(moves.map((move) => move.run));
      }
      await store.close();
    }
    const store = await place.open();
    const runs = await store.runs(SHARED_VIEW);
    await store.close();
    expect(runs.length, "some publishes came through").toBeGreaterThan(0);
    expect(runs.at(-1)?.run, "some died half way").toBeGreaterThan(runs.length);
  });

  test("a view that another process publishes is locked, until that process is gone", { timeout: 60_000 }, async () => {
    const holder = await child("hold");
    const store = await place.open();
    const publish = (): Promise<unknown> => store.publish(SHARED_VIEW, newRun(2), rowsAt(2, 10), systemClock);
    await expect(publish()).rejects.toThrow(`process ${holder.pid} `);
    await expect(store.rollback(SHARED_VIEW, systemClock)).rejects.toMatchObject({ code: "STORE_LOCKED" });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    await publish();
    expect(await contents(store, systemClock.now())).toEqual(expected(2, 10));
    await store.close();
  });
});

test.each([
  [0, MILLISECOND],
  [5 * MILLISECOND, 0],
])("in the embedded store, with a lead of %i us, a clock that still shows the moment of the commit makes a move late by %i us", async (lead, late) => {
  const place = await embeddedPlace();
  const store = await place.open(lead);
  const clock = manualClock(systemClock.now());
  expect(await store.publish(SHARED_VIEW, newRun(1), rowsAt(1, 3), clock)).toMatchObject({ late });
  await store.close();
  await place.remove();
});
