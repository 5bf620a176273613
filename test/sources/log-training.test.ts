// A training set over a source with a batch and a log: streamed views read the one, refreshed views the other.
import { afterAll, beforeAll, expect, test } from "vitest";
import { defineConfig } from "../../src/define/config.ts";
import { entity } from "../../src/define/entity.ts";
import { events, ingest, rows } from "../../src/define/source.ts";
import { every, streaming } from "../../src/define/refresh.ts";
import { featureService } from "../../src/define/feature-service.ts";
import { featureView } from "../../src/define/feature-view.ts";
import { join } from "node:path";
import { labels } from "../../src/define/labels.ts";
import { LogWriter } from "./event-logs.ts";
import { manualClock, MINUTE, timestampOf } from "../../src/time.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { openStore } from "../../src/feature-store.ts";
import { t } from "../../src/schema/value-type.ts";
import { tmpdir } from "node:os";

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "asof-log-"))));
afterAll(() => rm(root, { recursive: true }));

const user = entity("user", { user_id: t.string() });
const schema = { id: t.string(), user_id: t.string(), at: t.timestamp(), loaded: t.timestamp(), amount: t.float64() };
const at = (minute: number) => timestampOf(minute * MINUTE);
const row = (id: string, happened: number, loaded: number, amount: number) => ({ id, user_id: "u", at: at(happened), loaded: at(loaded), amount });

test("each row counts from when the log took it in, or from when the batch says", async () => {
  const batch = rows([row("a", 1, 50, 1), row("b", 20, 70, 2)]);
  const orders = events("orders", { schema, eventTime: "at", availableAt: "loaded", id: "id", late: "1d", batch, stream: ingest() });
  const live = featureView("live", { entity: user, source: orders, refresh: streaming(), features: ({ sum }) => ({ now: sum((p) => p.amount).lifetime() }) });
  const hourly = featureView("hourly", {
    entity: user,
    source: orders,
    refresh: every("1h"),
    features: ({ sum }) => ({ hourly_sum: sum((p) => p.amount).lifetime() }),
  });
  const service = featureService("checkout", { features: [live, hourly] });
  const wanted = labels("wanted", {
    schema: { user_id: t.string(), at: t.timestamp() },
    at: "at",
    from: rows([5, 25, 45, 65, 125].map((minute) => ({ user_id: "u", at: at(minute) }))),
  });
  const store = await openStore(defineConfig({ services: [service], labels: [wanted], ingest: { folder: "events" } }), { root, clock: manualClock(0) });
  try {
    const trained = async (): Promise<unknown> => {
      const set = await store.training(service, wanted, { out: join(root, "set") });
      const found: unknown[] = [];
      for await (const { now, hourly_sum } of set) found.push([now, hourly_sum]);
      return { found, read: set.manifest.sources.map(({ rows: count, snapshot }) => [count, ...snapshot.files.map(({ path }) => path.slice(0, 6))]) };
    };
    expect(await trained()).toEqual({
      found: [
        [1, null],
        [3, null],
        [3, null],
        [3, 1],
        [3, 3],
      ],
      read: expect.anything(),
    });
    const writer = await LogWriter.begin(join(root, "events", "orders"), "orders");
    await writer.append(
      [
        { row: row("a", 1, 50, 1), available: 2 * MINUTE },
        { row: row("a", 1, 50, 8), available: 30 * MINUTE },
        { row: row("b", 20, 70, 2), available: 45 * MINUTE },
      ],
      2,
    );
    expect(await trained()).toEqual({
      found: [
        [1, null],
        [1, null],
        [8, null],
        [10, 1],
        [10, 3],
      ],
      read: [
        [3, "events", "events", "events"],
        [2, "sha256"],
      ],
    });
  } finally {
    await store.close();
  }
});
