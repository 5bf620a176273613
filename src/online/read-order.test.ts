// A store's snapshot is left by the next read: what states still need of theirs is read before rows are.
import { afterEach, beforeEach, expect, test } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { entity, events, every, featureService, featureView, ingest, manualClock, rows, streaming, t } from "asof";
import { featureReader } from "./read.ts";
import { FedView } from "../stream/fed-view.ts";
import { openLmdb, type EmbeddedStore } from "./stores/lmdb.ts";
import { planService } from "../plan/service-plan.ts";
import type { StateFound } from "./state-store.ts";

const SECOND = 1_000_000;
const schema = { user_id: t.string(), at: t.timestamp() };
const user = entity("user", { user_id: t.string() });
const bought = events("bought", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: rows([]) });
const clicks = events("clicks", { schema, eventTime: "at", availableAt: { delay: "0s" }, late: "1d", stream: ingest() });
const refreshed = featureView("refreshed", { entity: user, source: bought, refresh: every("1h"), features: ({ count }) => ({ bought: count().lifetime() }) });
const live = featureView("live", { entity: user, source: clicks, refresh: streaming(), features: ({ count }) => ({ clicked: count().over("300s") }) });
const service = planService(featureService("svc", { features: [refreshed, live] }));

let folder: string;
let store: EmbeddedStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-order-"));
  store = await openLmdb({ path: folder });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

test("chunks are read in the snapshot of their heads", async () => {
  const view = await FedView.open(service.views[1]!.view, store.states, "log");
  const records = Array.from({ length: 1000 }, (_, i) => ({ position: i, available: i * SECOND, replaces: null, cells: ["u1", i * SECOND] }));
  await store.states.absorb([(await view.absorption(records, { log: "log", end: 1000, upTo: 999 * SECOND + 1 }))!]);
  let left = false;
  let asked = 0;
  const overtaken: EmbeddedStore = Object.create(store, {
    read: {
      value: (...given: Parameters<EmbeddedStore["read"]>) => {
        left = true; // as where another process has replaced the chunks meanwhile
        return store.read(...given);
      },
    },
    states: {
      value: {
        states: (...given: Parameters<EmbeddedStore["states"]["states"]>) =>
          (store.states.states(...given) as (StateFound | null)[]).map((found) => ({
            ...found,
            chunks: (names: readonly string[]) => {
              asked++;
              return left ? new Map() : found!.chunks(names);
            },
          })),
      },
    },
  }) as EmbeddedStore;
  const answer = await featureReader(service, overtaken, manualClock(1000 * SECOND)).one({ user_id: "u1" });
  expect(answer.values).toEqual({ bought: null, clicked: 300 });
  expect(asked).toBeGreaterThan(0);
});
