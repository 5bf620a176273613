// Lists and maps all the way: training, Parquet, refresh, online rows, HTTP, the log and the proof give the same values.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  defineConfig,
  embedded,
  entity,
  events,
  every,
  featureService,
  featureView,
  labels,
  manualClock,
  openStore,
  parseTime,
  rows,
  t,
  timestamp,
  type Store,
} from "asof";
import { exact } from "../values.ts";
import { serve } from "../../src/serve/server.ts";
import { toJsonText } from "../../src/schema/json-value.ts";
import { verifyLog } from "../../src/monitor/verify.ts";
import type { FeatureValue } from "../../src/schema/value-type.ts";

const T = "2026-03-10T12:00:00Z";
const KINDS = ["10", "9", "__proto__", "", "a\0b", '"', "\u{1f600}", null];
/** User u<n> has n purchases: u0 has none. */
const HISTORY = Array.from({ length: 9 }, (_, user) =>
  Array.from({ length: user }, (_, i) => ({
    user_id: `u${user}`,
    at: timestamp(`2026-03-0${9 - i}T0${user}:00:00.00000${i}Z`),
    amount: i % 3 === 2 ? null : 0.1 * (i + user),
    cents: 2n ** 62n + BigInt(i),
    kind: KINDS[(i + user) % KINDS.length] ?? null,
    good: i % 2 === 0,
  })),
).flat();
const schema = {
  user_id: t.string(),
  at: t.timestamp(),
  amount: t.float64().nullable(),
  cents: t.int64(),
  kind: t.string().nullable(),
  good: t.boolean(),
};
const collected = featureView("collected", {
  entity: entity("user", { user_id: t.string() }),
  source: events("purchases", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: rows(HISTORY) }),
  refresh: every("1h"),
  maxAge: "2h",
  features: ({ count, last, lastN, sum, topK }) => ({
    n: count().lifetime(),
    kinds: lastN((p) => p.kind, 5).lifetime(),
    times: lastN((p) => p.at, 2).over("3d"),
    few: topK((p) => p.kind, 3, { limit: 4 }).lifetime(),
    spent: sum((p) => p.amount)
      .by((p) => p.kind)
      .lifetime(),
    wide: sum((p) => p.cents)
      .by((p) => p.good)
      .lifetime(),
    newest: last((p) => p.at)
      .by((p) => p.cents)
      .over("5d"),
    nested: lastN((p) => p.amount, 2)
      .by((p) => p.kind)
      .lifetime(),
  }),
});
const service = featureService("tried", { features: [collected] });
const NAMES = ["n", "kinds", "times", "few", "spent", "wide", "newest", "nested"] as const;
const USERS = Array.from({ length: 10 }, (_, user) => `u${user}`);
const points = labels("points", {
  schema: { user_id: t.string(), at: t.timestamp() },
  at: "at",
  from: rows(USERS.map((user_id) => ({ user_id, at: timestamp(T) }))),
});

type Values = Readonly<Record<string, FeatureValue>>;
const texts = (values: Values): Record<string, string> => Object.fromEntries(NAMES.map((name) => [name, exact(values[name])]));

let root: string;
let store: Store;
const clock = manualClock(parseTime("2026-03-10T11:30:00Z"));
const config = () => defineConfig({ services: [service], labels: [points], online: embedded({ path: "online" }), servingLog: "log" });
const verify = () => verifyLog(config(), { root, log: "log", examples: 5 });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-collections-"));
  store = await openStore(config(), { root, clock });
  await store.apply();
  await store.materialize();
  clock.set(parseTime(T));
});
afterAll(async () => {
  await store.close();
  await rm(root, { recursive: true });
});

/** The values of a user, one by one from the history. */
function expected(user: string): Values {
  const bought = HISTORY.filter((row) => row.user_id === user).toSorted((a, b) => Number(b.at.micros - a.at.micros));
  const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const kinds = bought.map(({ kind }) => kind).filter((kind) => kind !== null);
  const all = [...new Set(kinds)].toSorted(bytes);
  const amounts = (kind: string): number[] => bought.flatMap((row) => (row.kind === kind && row.amount !== null ? [row.amount] : []));
  const since = parseTime("2026-03-07T11:00:00Z");
  const goods = [false, true].map((good) => [good, bought.filter((row) => row.good === good)] as const).filter(([, of]) => of.length > 0);
  const recent = bought.filter(({ at }) => Number(at.micros) >= parseTime("2026-03-05T11:00:00Z")).toSorted((a, b) => Number(a.cents - b.cents));
  return {
    n: bought.length,
    kinds: kinds.slice(0, 5),
    times: bought
      .map(({ at }) => at)
      .filter(({ micros }) => Number(micros) >= since)
      .slice(0, 2),
    few: all.length > 4 ? null : all.slice(0, 3),
    spent: new Map(all.map((kind) => [kind, amounts(kind)[0] ?? null])),
    wide: new Map(goods.map(([good, of]) => [good, of.reduce((sum, { cents }) => sum + cents, 0n)])),
    newest: new Map(recent.map(({ cents, at }) => [cents, at])),
    nested: new Map(all.map((kind) => [kind, amounts(kind)])),
  };
}

test("training, also read again from its file, gives what the history says", async () => {
  const set = await store.training(service, points, { out: "set" });
  for (let reading = 0; reading < 2; reading++) {
    let at = 0;
    for await (const row of set) {
      const user = USERS[at++] as string;
      expect(row.user_id).toBe(user);
      expect(texts(row as unknown as Values)).toEqual(texts(expected(user)));
    }
    expect(at).toBe(USERS.length);
  }
  const { columns } = JSON.parse(await readFile(join(root, "set", "manifest.json"), "utf8")) as typeof set.manifest;
  expect(Object.fromEntries(columns.map(({ name, kind, nulls }) => [name, [kind, nulls]]))).toMatchObject({
    kinds: [{ list: "string" }, 0],
    times: [{ list: "timestamp" }, 0],
    few: [{ list: "string" }, USERS.filter((user) => expected(user)["few"] === null).length],
    wide: [{ map: "boolean", of: "int128" }, 0],
    nested: [{ map: "string", of: { list: "float64" } }, 0],
  });
  const { few, newest } = await set.columns("few", "newest");
  expect([few.kind, newest.kind]).toEqual([{ list: "string" }, { map: "int64", of: "timestamp" }]);
});

test("serving gives the same, in process and over HTTP", async () => {
  const server = await serve(store, { port: 0 });
  const described = (await (await fetch(`${server.url}/v1/services/tried`)).json()) as { features: { name: string; kind: unknown }[] };
  expect(described.features.find(({ name }) => name === "spent")?.kind).toEqual({ map: "string", of: "float64" });
  for (const user_id of USERS) {
    const answer = await store.online(service, { user_id });
    const values = expected(user_id);
    expect(texts(answer.values as unknown as Values)).toEqual(texts(values));
    expect(answer.status.few).toBe(values["n"] === 0 ? "NOT_FOUND" : values["few"] === null ? "ERROR" : "PRESENT");
    const response = await fetch(`${server.url}/v1/features/tried`, { method: "POST", body: JSON.stringify({ input: { user_id } }) });
    const all = NAMES.map((name) => `${JSON.stringify(name)}:${toJsonText(values[name] ?? null)}`).join();
    expect(await response.text()).toContain(`"values":{${all}}`);
  }
  await server.close();
});

test("a stale value is null, whatever it holds", async () => {
  clock.set(parseTime("2026-03-10T18:00:00Z"));
  const answer = await store.online(service, { user_id: "u8" });
  expect(Object.values(answer.values)).toEqual(NAMES.map(() => null));
  expect(new Set(Object.values(answer.status))).toEqual(new Set(["STALE"]));
});

test("verify finds nothing different, and each item that is not in its place", async () => {
  await store.close();
  expect(await verify()).toMatchObject({ requests: 2 * USERS.length + 1, compared: (2 * USERS.length + 1) * NAMES.length, different: 0, notes: [] });
  const [name] = (await readdir(join(root, "log"))) as [string];
  const log = await readFile(join(root, "log", name), "utf8");
  const edited = async (edit: (values: unknown[]) => void): Promise<Awaited<ReturnType<typeof verify>>> => {
    const lines = log.split("\n");
    const line = JSON.parse(lines[7] as string) as { v: unknown[] };
    edit(line.v);
    lines[7] = JSON.stringify(line);
    await writeFile(join(root, "log", name), lines.join("\n"));
    return verify();
  };
  const swapped = await edited((values) => (values[1] as string[]).reverse());
  expect(swapped).toMatchObject({ different: 1, examples: [{ feature: "kinds", part: "value", recomputed: expected("u3")["kinds"] }] });
  const changed = await edited((values) => ((values[4] as Record<string, number>)['"'] = 7));
  expect(changed).toMatchObject({ different: 1, examples: [{ feature: "spent", part: "value", logged: { '"': 7 } }] });
});
