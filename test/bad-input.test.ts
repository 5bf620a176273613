// The table of bad input: every row of it names tests that are there, and the odd values come through a whole training set.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entity } from "../src/define/entity.ts";
import { events, rows } from "../src/define/source.ts";
import { featureService } from "../src/define/feature-service.ts";
import { featureView } from "../src/define/feature-view.ts";
import { labels } from "../src/define/labels.ts";
import { manualClock, timestamp, type Timestamp } from "../src/time.ts";
import { openStore } from "../src/feature-store.ts";
import { defineConfig } from "../src/define/config.ts";
import { streaming } from "../src/define/refresh.ts";
import { t, type Value } from "../src/schema/value-type.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-bad-input-"));
});
afterAll(() => rm(root, { recursive: true }));

const schema = { key: t.string(), at: t.timestamp(), seen: t.timestamp(), x: t.float64().nullable(), n: t.int64() };
type Row = { readonly at: string; readonly seen?: string; readonly x?: number | null; readonly n?: bigint };
const key = entity("key", { key: t.string() });

/** A Timestamp far outside what `timestamp` takes, as a database client could give it. */
const farAway = (micros: bigint): Timestamp => ({ ...timestamp(0n), micros });
const moment = (text: string): Timestamp => (text === "9999" ? farAway(253_370_764_800_000_000n) : timestamp(text));

/** The features of one key at `asked`, and the manifest, from rows in memory. */
async function trained(list: readonly Row[], asked: readonly string[], big: (row: { readonly n: bigint }) => bigint = (row) => row.n) {
  const source = events("things", {
    schema,
    eventTime: "at",
    availableAt: { column: "seen", trustedFrom: "2025-06-01", delay: "1h" },
    batch: rows(list.map(({ at, seen = at, x = null, n = 0n }): Record<string, Value> => ({ key: "k", at: moment(at), seen: moment(seen), x, n }))),
  });
  const view = featureView("view", {
    entity: key,
    source,
    refresh: streaming(),
    features: ({ count, sum, max, last }) => ({
      rows: count().lifetime(),
      minute: count().over("1m"),
      x: sum((row) => row.x).lifetime(),
      cents: sum((row) => row.x, { scale: 2 }).lifetime(),
      halves: sum((row) => (row.x === null ? null : row.x / 0)).lifetime(),
      big: max(big).lifetime(),
      total: sum((row) => row.n).lifetime(),
      newest: last((row) => row.at).lifetime(),
    }),
  });
  const service = featureService("service", { features: [view] });
  const from = rows(asked.map((at) => ({ key: "k", at: moment(at) })));
  const asking = labels("asked", { schema: { key: t.string(), at: t.timestamp() }, at: "at", from });
  const store = await openStore(defineConfig({ services: [service], labels: [asking] }), { root, clock: manualClock(0) });
  try {
    const set = await store.training(service, asking, { out: join(root, "set") });
    const found = [];
    for await (const row of set) found.push(row);
    return { found, source: set.manifest.sources[0], mishaps: set.manifest.views[0]?.mishaps };
  } finally {
    await store.close();
  }
}

test("an event of 1969 is one like any other; one of the year 9999 is refused and counted", async () => {
  const { found, source } = await trained(
    [
      { at: "1969-07-20T20:17:40Z", x: 1 },
      { at: "9999", seen: "2025-07-01" },
    ],
    ["1969-07-20T21:17:40Z", "1970-01-01"],
  );
  expect(found.map(({ rows: count, newest }) => [count, String(newest)])).toEqual([
    [0, "null"],
    [1, "1969-07-20T20:17:40Z"],
  ]);
  expect(source).toMatchObject({ rows: 2, refused: [{ rows: 1, reason: "at is no time between the years 1684 and 2255" }] });
});

test("microseconds decide: a row happens, is known and leaves its window at one of them", async () => {
  const row = { at: "2025-07-01T00:00:00.000001Z", seen: "2025-07-01T00:00:30.000001Z" };
  const asked = ["2025-07-01T00:00:30.000001Z", "2025-07-01T00:00:30.000002Z", "2025-07-01T00:01:00.000001Z", "2025-07-01T00:01:00.000002Z"];
  const { found } = await trained([row], asked);
  expect(found.map(({ rows: count, minute }) => [count, minute])).toEqual([
    [0, 0],
    [1, 1],
    [1, 1],
    [1, 0],
  ]);
});

test("history that was migrated on one day counts from its event time and the delay on, and not from that day", async () => {
  const { found } = await trained([{ at: "2025-01-01T00:00:00Z", seen: "2025-05-31T12:00:00Z" }], ["2025-01-01T01:00:00Z", "2025-01-01T01:00:00.000001Z"]);
  expect(found.map(({ rows: count }) => count)).toEqual([0, 1]);
});

test("2^53 + 1 and sums past int64 are exact", async () => {
  const { found } = await trained(
    [{ at: "2025-07-01", n: 2n ** 53n + 1n }, ...[1, 2].map(() => ({ at: "2025-07-02", n: 2n ** 63n - 1n }))],
    ["2025-07-02", "2025-07-03"],
  );
  expect(found.map(({ big, total }) => [big, total])).toEqual([
    [2n ** 53n + 1n, 2n ** 53n + 1n],
    [2n ** 63n - 1n, 2n ** 64n - 2n + 2n ** 53n + 1n],
  ]);
});

test("NaN and infinities are null, in a column and from a row function, and counted", async () => {
  const { found, source, mishaps } = await trained(
    [Number.NaN, Infinity, 1].map((x) => ({ at: "2025-07-01", x })),
    ["2025-07-02"],
  );
  expect(found[0]).toMatchObject({ rows: 3, x: 1, halves: null });
  expect(source).toMatchObject({ refused: [], lost: [{ rows: 1, first: expect.stringContaining("row 2") as string }] });
  expect(mishaps).toMatchObject({ infinite: 1 });
});

test("a value that is no decimal of its scale is null there, and counted", async () => {
  const { found, mishaps } = await trained(
    [0.1, 0.125, 0.2, null].map((x) => ({ at: "2025-07-01", x })),
    ["2025-07-02"],
  );
  expect(found[0]).toMatchObject({ rows: 4, cents: 0.3 });
  expect(mishaps).toMatchObject({ unscaled: 1 });
});

test("a row function that returns a bigint beyond 64 bits is an error of the definition", async () => {
  await expect(trained([{ at: "2025-07-01", n: 1n }], ["2025-07-02"], (row) => (row.n === 1n ? 2n ** 64n : row.n))).rejects.toMatchObject({
    code: "DEFINITION_WRONG_VALUE",
    where: "view view",
    what: expect.stringContaining("the bigint 18446744073709551616") as string,
  });
});

describe("docs/bad-input.md", async () => {
  const project = fileURLToPath(new URL("../", import.meta.url));
  const table = (await readFile(join(project, "docs", "bad-input.md"), "utf8")).split("\n").filter((line) => /^\| (?!---|input)/.test(line));
  const named = table.map((line): [string, readonly (readonly [string, string])[]] => [
    line.split(" | ")[0]?.slice(2) ?? "",
    [...line.matchAll(/`([\w/.-]+\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, file = "", tests = ""]) =>
      [...tests.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => [file, name] as const),
    ),
  ]);

  test("has all that it is about", () => expect(named.length).toBeGreaterThan(20));

  test.each(named)("%s: its tests are there", async (_, tests) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const [file, name] of tests) expect(await readFile(join(project, file), "utf8")).toContain(`"${name}"`);
  });
});
