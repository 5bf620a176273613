// A stream that cannot be opened leaves nothing open.
import { expect, test } from "vitest";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { entity } from "../define/entity.ts";
import { events, ingest } from "../define/source.ts";
import { featureView } from "../define/feature-view.ts";
import { manualClock, timestampOf } from "../time.ts";
import { openLmdb } from "../online/stores/lmdb.ts";
import { planView } from "../plan/view-plan.ts";
import { streaming } from "../define/refresh.ts";
import { Stream } from "./stream.ts";
import { t } from "../schema/value-type.ts";

const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "id",
  late: "1d",
  stream: ingest(),
});
const user = entity("user", { user_id: t.string() });
const clicking = featureView("clicking", { entity: user, source: clicks, refresh: streaming(), features: ({ count }) => ({ n: count().over("1d") }) });

test.skipIf(process.platform !== "linux")("whose states cannot be brought up to the end of its log", async () => {
  const folder = mkdtempSync(join(tmpdir(), "asof-stream-"));
  const store = await openLmdb({ path: join(folder, "online") });
  const views = [planView(clicking.definition)];
  const options = { folder: join(folder, "log"), config: { segmentBytes: 100, queueBytes: 1e6 }, clock: manualClock(1), views, idsInMemory: 1 };
  const openFiles = (): string[] =>
    readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)].filter((path) => path.startsWith(options.folder));
      } catch {
        return []; // the listing's own
      }
    });
  const first = await Stream.open({ ...options, states: store.states });
  for (const id of ["a", "b", "c"]) await first.ingest("clicks", [{ id, user_id: "u1", at: timestampOf(0) }], { visible: true });
  await first.close();
  const fails = { ...store.states, absorbed: () => Promise.reject(new Error("as asked")) };
  await expect(Stream.open({ ...options, states: fails })).rejects.toThrow("as asked");
  expect(openFiles()).toEqual([]);
  await store.close();
  rmSync(folder, { recursive: true });
});
