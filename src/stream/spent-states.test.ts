// States that no window can see again are let go, and no others, a few entities at a time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { absorb, EMPTY } from "../kernel/state/absorb.ts";
import { encodeHead } from "../kernel/state/format.ts";
import { entity } from "../define/entity.ts";
import { events, ingest } from "../define/source.ts";
import { featureView } from "../define/feature-view.ts";
import { liveView } from "./live-view.ts";
import { openLmdb } from "../online/stores/lmdb.ts";
import { planView } from "../plan/view-plan.ts";
import { settle } from "../kernel/state/read.ts";
import { SpentStates } from "./spent-states.ts";
import { streaming } from "../define/refresh.ts";
import { t } from "../schema/value-type.ts";
import type { OnlineStore } from "../online/store.ts";
import type { StateWrite } from "../online/state-store.ts";

const SECOND = 1_000_000;
const clicks = events("clicks", {
  schema: { id: t.string(), session_id: t.string(), at: t.timestamp() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "id",
  late: "10s",
  stream: ingest(),
});
const live = liveView(
  planView(
    featureView("v", {
      entity: entity("session", { session_id: t.string() }),
      source: clicks,
      refresh: streaming(),
      features: ({ count, distinctCount }) => ({ n: count().over("60s"), ids: distinctCount((click) => click.id).over("60s"), now: count().session("30s") }),
    }).definition,
  ),
);

let folder: string;
let store: OnlineStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-spent-"));
  store = await openLmdb({ path: folder });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** Sessions by the second of their last click, each with so many clicks, a second apart. */
async function keep(sessions: Readonly<Record<string, number>>, clicksOfEach: number): Promise<void> {
  let position = 0;
  const records = Object.entries(sessions).flatMap(([session, last]) =>
    Array.from({ length: clicksOfEach }, (_, i) => {
      const at = (last - clicksOfEach + 1 + i) * SECOND;
      return { position: position++, available: at, replaces: null, cells: [`${session}${i}`, session, at] };
    }),
  );
  const states = Array.from(live.changesOf(records).entities, ({ key, changes }): StateWrite => {
    const { head, written, unnamed } = settle(absorb(live.layout, EMPTY, changes), () => new Map());
    return { key, from: null, isNew: true, head: encodeHead(head), written, unnamed };
  });
  await store.states.absorb([{ view: live.plan, from: null, to: { log: "l", end: position, upTo: 0 }, states }]);
}

test("sessions that are over are let go with all that is closed of them, the others stay", async () => {
  await keep({ a: 500, b: 1000, c: 400, d: 940, e: 939 }, 400);
  const spent = new SpentStates(store.states, live);
  const namesOf = async (): Promise<string[]> => (await store.states.keys(live.plan, null, 100)).map((key) => Buffer.from(key.subarray(1, 2)).toString());
  const gone: StateWrite[] = [];
  for (let turn = 0; turn < 3; turn++) gone.push(...(await spent.next(2, 1000 * SECOND)));
  expect(gone.map(({ key }) => Buffer.from(key.subarray(1, 2)).toString())).toEqual(["a", "c", "d", "e"]);
  const absorbed = await store.states.absorbed(live.plan);
  if (absorbed === null) throw new Error("there are states");
  expect(gone.every(({ unnamed }) => [...unnamed].length > 2)).toBe(true);
  await store.states.absorb([{ view: live.plan, from: absorbed, to: absorbed, states: gone }]);
  expect(await namesOf()).toEqual(["b"]);
  expect(await spent.next(10, 1060 * SECOND)).toHaveLength(1); // it goes round: what was kept is looked at again
});
