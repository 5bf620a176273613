// Retention end to end: what is older than is kept goes, what is asked of the rest is as it was, and what would need more is refused.
import { afterAll, beforeAll, expect, test } from "vitest";
import { join } from "node:path";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { chance, SEED } from "../property/runs.ts";
import { defineConfig, type Config } from "../../src/define/config.ts";
import { entity } from "../../src/define/entity.ts";
import { events, ingest, rows } from "../../src/define/source.ts";
import { featureService } from "../../src/define/feature-service.ts";
import { featureView } from "../../src/define/feature-view.ts";
import { every, streaming } from "../../src/define/refresh.ts";
import { DAY, formatTime, HOUR, manualClock, MINUTE, parseTime, timestampOf, type Micros } from "../../src/time.ts";
import { labels } from "../../src/define/labels.ts";
import { openStore, type Store } from "../../src/feature-store.ts";
import { outcome } from "../../src/define/outcome.ts";
import { t } from "../../src/schema/value-type.ts";
import { verifyLog } from "../../src/monitor/verify.ts";

const BEGAN = parseTime("2026-06-01T00:00:00Z");
const DAYS = 8;
const user = entity("user", { user_id: t.string() });
const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp(), n: t.int64() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "id",
  late: "1h",
  stream: ingest(),
});
const spending = (name: string) =>
  featureView(name, {
    entity: user,
    source: clicks,
    refresh: streaming(),
    features: ({ count, sum, lastN }) => ({ clicks: count().over("1d"), total: sum((c) => c.n).overEach("3h", "1d"), last: lastN((c) => c.n, 3).over("12h") }),
  });
const daily = featureView("daily", { entity: user, source: clicks, refresh: every("1d"), features: ({ count }) => ({ clicks_2d: count().over("2d") }) });
const everything = featureView("everything", {
  entity: user,
  source: clicks,
  refresh: streaming(),
  features: ({ count }) => ({ clicks_ever: count().lifetime() }),
});
const spent = spending("spending");
const first = featureService("svc", { features: [spent, daily] });
const live = featureService("live", { features: [spent] });
const second = featureService("more", { features: [spent, spending("fresh").as("fresh"), everything] });
const asks = (from: Micros) =>
  labels("asks", {
    schema: { user_id: t.string(), at: t.timestamp() },
    from: rows(Array.from({ length: 20 }, (_, i) => ({ user_id: `u${i % 3}`, at: timestampOf(from + i * HOUR) }))),
    at: "at",
  });
const busy = outcome("busy", { entity: user, source: clicks, label: ({ count }) => count().within("1h"), at: asks(BEGAN + 5 * HOUR) });
const busyLater = outcome("busy", { entity: user, source: clicks, label: ({ count }) => count().within("1h"), at: asks(BEGAN + 7 * DAY) });

const configOf = (services: Config["services"], retain?: "4d"): Config =>
  defineConfig({
    services,
    servingLog: { folder: "served", flushEvery: "1ms" },
    ingest: { segmentBytes: 700, ...(retain !== undefined && { retain }) },
  });
const clock = manualClock(BEGAN);

interface Site {
  readonly root: string;
  store: Store;
}
let kept: Site;
let whole: Site;
/** What both answered, day by day. */
const said: (readonly [unknown, unknown])[] = [];

async function begin(retain?: "4d"): Promise<Site> {
  const root = mkdtempSync(join(tmpdir(), "asof-retain-"));
  const store = await openStore(configOf([first, live], retain), { root, clock });
  await store.apply();
  await store.stream();
  return { root, store };
}

async function answers({ store }: Site, service: string): Promise<unknown> {
  const found = await store.answer(
    store.plan(service),
    ["u0", "u1", "u2", "u3"].map((user_id) => ({ user_id })),
  );
  return found.map(({ values, status }) => ({ values, status }));
}

async function trained({ store, root }: Site, from: Micros): Promise<Buffer> {
  await store.build(store.plan("live"), asks(from), { out: "set" });
  return readFileSync(join(root, "set", "data.parquet"));
}

beforeAll(async () => {
  [kept, whole] = [await begin("4d"), await begin()];
  const below = chance(SEED);
  for (let made = 0; made < DAYS * 24; made++) {
    clock.set(clock.now() + HOUR);
    const event = { id: `e${Math.max(0, made - below(2))}`, user_id: `u${below(3)}`, at: timestampOf(clock.now() - below(50) * MINUTE), n: BigInt(made) };
    for (const { store } of [kept, whole]) await store.ingest(clicks, [event], { visible: true });
    if (made % 24 === 10) for (const { store } of [kept, whole]) await store.materialize();
    if (made % 24 === 23) {
      said.push([await answers(kept, "svc"), await answers(whole, "svc")]);
      await kept.store.compact();
      await whole.store.compact();
    }
  }
});
afterAll(async () => {
  for (const { store, root } of [kept, whole]) {
    await store.close();
    rmSync(root, { recursive: true });
  }
});

test("days that are older than is kept are gone, and the log says so; answers are as if they were there", async () => {
  const log = join(kept.root, ".asof/log/clicks");
  expect(readdirSync(join(log, "parts")).toSorted()[0]).toBe("available=2026-06-05");
  expect(readdirSync(join(whole.root, ".asof/log/clicks/parts"))).toContain("available=2026-06-01");
  expect(JSON.parse(readFileSync(join(log, "retained.json"), "utf8"))).toMatchObject({ since: BEGAN + 4 * DAY });
  expect(await answers(kept, "svc")).toEqual(await answers(whole, "svc"));
  for (const [found, expected] of said) expect(found).toEqual(expected);
  const [done] = await kept.store.compact();
  expect(done).toMatchObject({ thrown: 0, since: formatTime(BEGAN + 4 * DAY) });
});

test("labels whose windows reach before what is retained are refused, later ones get what they would have got", async () => {
  const complete = BEGAN + 5 * DAY + 5 * MINUTE;
  const refusal = await trained(kept, complete - 2 * HOUR).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "SOURCE_NOT_RETAINED", where: "view spending, source clicks" });
  expect(String(refusal)).toContain("2 of 20 moments have windows that reach before 2026-06-05T00:00:00Z");
  await expect(trained(kept, complete - 1)).rejects.toMatchObject({ code: "SOURCE_NOT_RETAINED" });
  expect((await trained(kept, complete)).equals(await trained(whole, complete))).toBe(true);
});

test("a refresh at a tick, and an outcome at points, before what is retained are refused", async () => {
  const mode = { kind: "backfill", from: BEGAN + 5 * DAY, to: BEGAN + 5 * DAY } as const;
  await expect(kept.store.materialize({ views: ["daily"], mode })).rejects.toMatchObject({ code: "SOURCE_NOT_RETAINED", where: "view daily, source clicks" });
  const judged = (points: typeof busy): Promise<unknown> => kept.store.build(kept.store.plan("live"), points, { out: "judged" });
  await expect(judged(busy)).rejects.toMatchObject({ code: "SOURCE_NOT_RETAINED", where: "view busy, source clicks" });
  expect(await judged(busyLater)).toMatchObject({ rows: 20 });
});

test("a proof compares what is retained, and says what it could not", async () => {
  const found = await verifyLog(configOf([first, live], "4d"), { root: kept.root, log: "served", examples: 9 });
  expect(found).toMatchObject({ different: 0, missing: 0, examples: [] });
  const view = found.views.find(({ view: name }) => name === "spending");
  expect([view?.compared, view?.skipped].every((count) => (count ?? 0) > 0)).toBe(true);
  expect(found.notes).toEqual(["spending", "daily"].map((name) => expect.stringContaining(`view ${name}: `) as unknown));
});

test("a new view gets its states from what is retained where that is enough; one that needs more is left out, and told", async () => {
  for (const site of [kept, whole]) {
    await site.store.close();
    site.store = await openStore(configOf([second]), { root: site.root, clock });
    await site.store.apply();
    await site.store.stream();
  }
  const [found, expected] = (await Promise.all([answers(kept, "more"), answers(whole, "more")])) as { values: Record<string, unknown> }[][];
  for (const [i, { values }] of (found ?? []).entries()) {
    const { clicks_ever: _, ...others } = expected?.[i]?.values ?? {};
    expect(values).toMatchObject(others);
    expect(values["fresh_clicks"]).toBe(values["clicks"]);
    expect(values["clicks_ever"]).toBeNull();
  }
  const [state] = (await kept.store.stream()).state();
  expect(state?.problem).toContain("view everything needs events that are no longer retained");
  const set = kept.store.build(kept.store.plan("more"), asks(BEGAN + 7 * DAY), { out: "ever" });
  await expect(set).rejects.toMatchObject({ code: "SOURCE_NOT_RETAINED" });
});

test.each([
  ["shorter than a window with late and ahead", [first], "49h", "CONFIG_RETAIN_TOO_SHORT"],
  ["with a lifetime", [second], "400d", "CONFIG_RETAIN_ALL_NEEDED"],
] as const)("retain %s is refused", (_, services, retain, code) => {
  expect(() => defineConfig({ services, ingest: { retain } })).toThrow(expect.objectContaining({ code }) as Error);
});
