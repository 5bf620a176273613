// Simulated histories: seeded, shrunk where one fails, and replayed by what is then printed.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newMachine, type OwnMachine } from "./machine.ts";
import { PATIENCE, SEED } from "../property/runs.ts";
import { histories, report } from "./steps.ts";

const HISTORIES = Number(process.env["ASOF_HISTORIES"] ?? 2000);
/** Where in the tree of histories and of what they shrink to a run begins: printed where one fails. */
const PATH = process.env["ASOF_PATH"] ?? "";
/** A history that takes so many milliseconds does not end. */
const STUCK = 20_000;

let machine: OwnMachine;

beforeAll(async () => {
  machine = await newMachine();
});

afterAll(() => machine.remove());

test(`${HISTORIES} histories of events, refreshes, changes, deaths and questions`, { timeout: PATIENCE + 300 * HISTORIES }, async () => {
  const counts = { histories: 0, deaths: 0, runs: 0, changes: 0, events: 0, records: 0, answers: 0, values: 0 };
  const property = fc.asyncProperty(histories, async (history) => {
    const happened = await machine.live(history);
    counts.histories++;
    for (const count of ["deaths", "runs", "changes"] as const) counts[count] += happened[count];
    counts.events += happened.arrivals.length;
    counts.records += happened.records;
    counts.answers += happened.asked.length;
    counts.values += happened.values;
  });
  const began = process.cpuUsage();
  const found = await fc.check(property, { numRuns: HISTORIES, seed: SEED, path: PATH, timeout: STUCK });
  expect(found.failed ? report(found) : null).toBe(null);
  if (PATH !== "") return;
  const { user, system } = process.cpuUsage(began);
  console.log({ ...counts, seconds: (user + system) / 1e6 });
  expect(counts.deaths).toBeGreaterThan(HISTORIES / 4);
  expect(counts.runs).toBeGreaterThan(HISTORIES / 8);
  expect(counts.changes).toBeGreaterThan(HISTORIES / 16);
  expect(counts.values).toBeGreaterThan(HISTORIES);
});
