// Whether a server of features is ready: views are applied, and states of streaming views are there and keep up.
import { mkdtemp, rm } from "node:fs/promises";
import { lockFolder } from "../../src/stream/process-lock.ts";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defineConfig, entity, events, featureService, featureView, ingest, manualClock, openStore, parseTime, streaming, t } from "asof";

const clicks = events("clicks", {
  schema: { user_id: t.string(), at: t.timestamp() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  late: "1d",
  stream: ingest(),
});
const user = entity("user", { user_id: t.string() });
const live = featureView("live", { entity: user, source: clicks, refresh: streaming({ delay: "5s" }), features: ({ count }) => ({ n: count().over("7d") }) });
const config = defineConfig({ services: [featureService("checkout", { features: [live] })] });

test("a streaming view without live states, or with states that are behind, is a problem", async () => {
  const root = await mkdtemp(join(tmpdir(), "asof-ready-"));
  const clock = manualClock(parseTime("2026-01-01T00:00:00Z"));
  const store = await openStore(config, { root, clock });
  await store.apply();
  expect(await store.problems()).toEqual(["view live has no live states: run asof stream"]);
  const stream = await store.stream();
  await stream.ingest("clicks", [{ user_id: "u1", at: "2025-12-31T23:59:59Z" }], { visible: true });
  expect(await store.problems()).toEqual([]);
  await stream.close(); // from here on nothing raises the watermark
  const [fresh] = await store.freshness();
  expect(fresh).toMatchObject({ view: "live", kind: "streaming" });
  const upTo = fresh?.kind === "streaming" ? (fresh.absorbed?.upTo ?? 0) : 0;
  clock.set(upTo + 15_000_000);
  expect(await store.problems()).toEqual([]);
  clock.set(upTo + 15_000_001);
  expect(await store.problems()).toEqual(["view live is 15s behind its events: asof stream does not run"]);
  const lock = await lockFolder(join(root, config.ingest.folder)); // as another process would that takes events from here on
  expect(await store.problems()).toEqual(["view live is 15s behind its events: asof stream runs, and is catching up if it has this version of it"]);
  await lock.release();
  await store.close();
  await rm(root, { recursive: true });
});
