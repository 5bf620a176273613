// A process of its own that feeds states and publishes runs, whatever the store does, until it is told to stop; then it says how far it came.
import { FedView } from "../../src/stream/fed-view.ts";
import { openOnline } from "../../src/online/open.ts";
import { rowEncoder } from "../../src/online/row-codec.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/time.ts";
import { CLICKING, keyOf, LOG, recordAt, SPENDING, USERS } from "./shop.ts";
import type { OnlineConfig } from "../../src/define/config.ts";

const BATCH = 50;
const BATCH_EVERY_MS = 20;
const RUN_EVERY_MS = 200;

/** What it did. */
export interface Written {
  readonly records: number;
  readonly runs: number;
  readonly failures: number;
}

const store = await openOnline(JSON.parse(process.argv[2] as string) as OnlineConfig, "/");
const counts = { records: 0, runs: 0, failures: 0 };
let isRunning = true;
const encode = rowEncoder(SPENDING.features.map(({ kind }) => kind));

/** Tries again until it is done. */
async function stubbornly<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      counts.failures++;
      await sleep(20);
    }
  }
}

async function feed(): Promise<void> {
  const view = await stubbornly(() => FedView.open(CLICKING, store.states, LOG));
  for (let end = BATCH; isRunning; end += BATCH) {
    await stubbornly(async () => {
      await view.look();
      const from = Math.max(0, view.end);
      if (from >= end) return;
      const records = Array.from({ length: end - from }, (_, i) => recordAt(from + i));
      const absorption = await view.absorption(records, { log: LOG, end, upTo: 1 + end });
      if (absorption !== null) await store.states.absorb([absorption]);
    });
    counts.records = end;
    await sleep(BATCH_EVERY_MS);
  }
}

async function publish(): Promise<void> {
  for (let tick = 1; isRunning; tick++) {
    const rows = Array.from({ length: USERS }, (_, user) => ({ key: keyOf(user), row: encode({ values: [BigInt(tick)], newest: [1], failed: [] }) }));
    rows.sort((a, b) => Buffer.compare(a.key, b.key));
    await stubbornly(() =>
      store.publish(SPENDING, { tick, kind: "scheduled", startedAt: tick, snapshot: { source: "purchases", files: [] } }, rows, systemClock),
    );
    counts.runs = tick;
    await sleep(RUN_EVERY_MS);
  }
}

process.on("message", () => (isRunning = false));
await Promise.all([feed(), publish()]);
await store.close();
process.send?.(counts satisfies Written, () => process.disconnect());
