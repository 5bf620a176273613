// Simulated histories: seeded, shrunk where one fails, and replayed by what is then printed.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newMachine, type OwnMachine } from "./machine.ts";
import { PATIENCE, SEED } from "../property/runs.ts";
import { crowds, histories, report, torn, type History } from "./steps.ts";

const HISTORIES = Number(process.env["ASOF_HISTORIES"] ?? 2000);
/** Where in the tree of histories and of what they shrink to a run begins: printed where one fails. */
const PATH = process.env["ASOF_PATH"] ?? "";
/** Whether the history to replay is one of a crowd. */
const IN_CROWD = process.env["ASOF_CROWD"] === "1";

const CROWDS = Math.ceil(HISTORIES / 100);
/** A history that takes so many milliseconds does not end. */
const STUCK = 20_000;

let machine: OwnMachine;

beforeAll(async () => {
  machine = await newMachine();
});

afterAll(() => machine.remove());

/** What was lived through, added up. */
const COUNTED = ["deaths", "runs", "torn", "changes", "records", "values", "proved"] as const;
type Counts = Record<(typeof COUNTED)[number] | "histories" | "events" | "answers", number>;

async function lived(histories: fc.Arbitrary<History>, numRuns: number, examples: [History][] = []): Promise<Counts> {
  const counts: Counts = { histories: 0, deaths: 0, runs: 0, torn: 0, changes: 0, events: 0, records: 0, answers: 0, values: 0, proved: 0 };
  const property = fc.asyncProperty(histories, async (history) => {
    const happened = await machine.live(history);
    counts.histories++;
    counts.events += happened.arrivals.length;
    counts.answers += happened.asked.length;
    for (const count of COUNTED) counts[count] += happened[count];
  });
  const began = process.cpuUsage();
  const found = await fc.check(property, { numRuns, seed: SEED, path: PATH, timeout: STUCK, examples });
  expect(found.failed ? report(found) : null).toBe(null);
  const { user, system } = process.cpuUsage(began);
  console.log({ ...counts, seconds: (user + system) / 1e6 });
  return counts;
}

test.skipIf(PATH !== "" && IN_CROWD)(
  `${HISTORIES} histories of events, refreshes, changes, deaths and questions`,
  { timeout: PATIENCE + 300 * HISTORIES },
  async () => {
    const counts = await lived(histories, HISTORIES);
    if (PATH !== "") return;
    expect(counts.deaths).toBeGreaterThan(HISTORIES / 4);
    expect(counts.runs).toBeGreaterThan(HISTORIES / 10);
    expect(counts.changes).toBeGreaterThan(HISTORIES / 16);
    expect(counts.values).toBeGreaterThan(HISTORIES);
    expect(counts.proved).toBeGreaterThan(HISTORIES / 2);
  },
);

test.skipIf(PATH !== "" && !IN_CROWD)(`${CROWDS} histories of runs that are written in parts`, { timeout: PATIENCE + 30_000 * CROWDS }, async () => {
  const counts = await lived(crowds, CROWDS, [[torn]]);
  expect(counts.torn).toBeGreaterThan(PATH === "" ? 0 : -1);
});
