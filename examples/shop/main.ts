// The demo: an online shop that asks at every checkout whether it will be charged back, under load, and the proof of every answer.
import { join } from "node:path";
import { rm } from "node:fs/promises";
import { asofOf } from "../common/asof.ts";
import { live, startServers, type LoadSizes } from "./live.ts";
import { progressOn, type Progress } from "../common/progress.ts";
import { readFlags } from "../common/flags.ts";
import { FOLDER, LOAD, SHOP } from "./settings.ts";
import { failures, figuresOf, summaryText, type Findings, type Verified } from "./summary.ts";
import { shopOf } from "./people.ts";
import { withStore } from "../common/servers.ts";
import { train } from "./training.ts";
import { writeHistory } from "./history.ts";

const DAY = 86_400_000;
/** So many daily runs before the newest are on record when the shop opens. */
const BACKFILLED = 5;

async function demo(sizes: LoadSizes, progress: Progress): Promise<Findings> {
  const began = performance.now();
  const asof = asofOf(new URL("./asof.config.ts", import.meta.url));
  const now = Date.now();
  await rm(FOLDER, { recursive: true, force: true });
  const history = await progress.phase(
    `the past of ${sizes.users} users`,
    () => writeHistory(join(FOLDER, "history"), shopOf(SHOP.seed, sizes.users), SHOP.seed, now),
    (rows) =>
      Object.entries(rows)
        .map(([table, n]) => `${n} ${table}`)
        .join(", "),
  );
  await progress.phase("asof apply, and the daily view up to yesterday", async () => {
    await asof.run(["apply"]);
    const [first, last] = [BACKFILLED, 1].map((days) => new Date(newestTick(now) - days * DAY).toISOString()) as [string, string];
    await asof.run(["materialize", "spending", "--backfill", "--from", first, "--to", last]);
  });
  const trained = await progress.phase(
    "training set as of each past checkout, and a model of it",
    () => train(asof, now),
    ({ rows, evaluated }) => `${rows} rows, AUC ${evaluated.auc.toFixed(3)} on the last two weeks that can be judged`,
  );
  const servers = await progress.phase("asof stream and asof serve, and the live states of the past", () => startServers(asof));
  try {
    const lived = await progress.phase(
      `${sizes.events} events and ${sizes.requests} requests, today's refresh among them`,
      () => live(asof, servers, sizes),
      ({ loaded }) => `${Math.round(loaded.events / loaded.sending_seconds)} events/s, ${Math.round(loaded.requests / loaded.seconds)} requests/s`,
    );
    await servers.stop();
    const proof = await progress.phase(
      "asof verify",
      () => asof.run<Verified>(["verify"], [0, 1]),
      ({ compared, different }) => `${compared} values compared, ${different} different`,
    );
    return { history, trained, ...lived, proof, seconds: (performance.now() - began) / 1000 };
  } finally {
    await servers.stop();
  }
}

/** The newest tick of the daily view: two o'clock UTC. */
function newestTick(now: number): number {
  const phase = 2 * 3_600_000;
  return Math.floor((now - phase) / DAY) * DAY + phase;
}

const { json, store, ...sizes } = readFlags({ ...LOAD, probes: 400, users: SHOP.users, store: "embedded", json: false });
const found = await withStore(store, () => demo(sizes, progressOn(process.stderr)));
process.stderr.write(summaryText(found));
const wrong = failures(found, sizes.events >= LOAD.events && sizes.requests >= LOAD.requests);
for (const one of wrong) process.stderr.write(`FAILED: ${one}\n`);
if (json) process.stdout.write(`${JSON.stringify(figuresOf(found))}\n`);
process.exitCode = wrong.length > 0 ? 1 : 0;
