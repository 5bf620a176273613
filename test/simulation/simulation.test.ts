// Simulated histories: seeded, shrunk where one fails, and replayed by the seed that is printed.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { judge } from "./judge.ts";
import { live } from "./life.ts";
import { openLmdb } from "../../src/online/stores/lmdb.ts";
import { PATIENCE, SEED } from "../property/runs.ts";
import { seeds } from "../property/cases.ts";
import type { OnlineStore } from "../../src/online/store.ts";

const HISTORIES = Number(process.env["ASOF_HISTORIES"] ?? 2000);

let store: OnlineStore;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "asof-simulation-")); // in memory: nobody pulls the plug here
  store = await openLmdb({ path: join(folder, "online") });
});

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test(`${HISTORIES} histories of events, deaths and questions`, { timeout: PATIENCE + 300 * HISTORIES }, async () => {
  const counts = { histories: 0, deaths: 0, events: 0, records: 0, answers: 0, values: 0 };
  await fc.assert(
    fc.asyncProperty(seeds, fc.nat(2 ** 31), async (from, steps) => {
      const own = join(folder, String(counts.histories));
      mkdirSync(own);
      const life = await live(from, steps, store, own, `simulated_${counts.histories++}`);
      const { values, records } = await judge(life);
      rmSync(own, { recursive: true });
      counts.deaths += life.deaths;
      counts.events += life.arrivals.length;
      counts.records += records;
      counts.answers += life.asked.length;
      counts.values += values;
    }),
    { numRuns: HISTORIES, seed: SEED },
  );
  console.log(counts);
  expect(counts.deaths).toBeGreaterThan(HISTORIES / 4);
  expect(counts.values).toBeGreaterThan(HISTORIES);
});
