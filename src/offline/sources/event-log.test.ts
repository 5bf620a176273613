// Event logs as they are found: growing, torn, compacted while they are read, damaged.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { compactSegment } from "../compact-log.ts";
import { historyRows, writeHistory } from "../log-history.ts";
import { entity } from "../../define/entity.ts";
import { events, ingest, kafka, rows, type Source } from "../../define/source.ts";
import { featureView } from "../../define/feature-view.ts";
import { every, streaming, type Refresh } from "../../define/refresh.ts";
import { join } from "node:path";
import { KeyList, viewsAt } from "../views-at.ts";
import { LogWriter, type Arrival } from "../../../test/sources/event-logs.ts";
import { Offline } from "../offline.ts";
import { planView } from "../../plan/view-plan.ts";
import { rowCount } from "../../monitor/lag.ts";
import { SECOND, timestampOf } from "../../time.ts";
import { t } from "../../schema/value-type.ts";
import { tmpdir } from "node:os";
import { valuesAt } from "../values-at.ts";
import { vectorReader } from "../../schema/vector.ts";
import type { FeatureValue } from "../../schema/value-type.ts";

const schema = { id: t.string(), user_id: t.string(), at: t.timestamp(), amount: t.int64().nullable(), gone: t.boolean().nullable() };
const columns = { schema, eventTime: "at", availableAt: { delay: "2s" }, id: "id", deleted: "gone", late: "1h" } as const;
const user = entity("user", { user_id: t.string() });

type Clicks = ReturnType<typeof clicksOf>;
const clicksOf = () => events("clicks", { ...columns, stream: ingest() });

let root: string;
let offline: Offline;
let clicks: Clicks;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "asof-log-"));
  offline = await Offline.open(root);
  clicks = clicksOf();
});
afterEach(async () => {
  await offline.close();
  await rm(root, { recursive: true });
});

function viewOf(source: Clicks, refresh: Refresh = streaming()) {
  return planView(featureView("v", { entity: user, source, refresh, features: ({ lastN }) => ({ newest: lastN((p) => p.amount, 9).lifetime() }) }).definition);
}

/** The amounts of the user as of a second, newest first. */
async function amounts(source: Clicks, second: number, refresh?: Refresh): Promise<FeatureValue> {
  const values = await valuesAt(offline, viewOf(source, refresh), { keys: [["u"]], at: Float64Array.of(second * SECOND) });
  return vectorReader(values.features[0] as (typeof values.features)[number])(0);
}

/** An event of the user: it happens at a second, and comes at one. */
function click(id: string, happened: number, came: number, amount: bigint | null, gone: boolean | null = null): Arrival {
  return { row: { id, user_id: "u", at: timestampOf(happened * SECOND), amount, gone }, available: came * SECOND };
}

const begin = (): Promise<LogWriter> => LogWriter.begin(join(root, ".asof", "log", "clicks"), "clicks");

test("before its log begins, a source with only a stream has no rows, and one with a batch as many as its batch", async () => {
  expect([await amounts(clicks, 9), await amounts(clicks, 9, every("1s"))]).toEqual([[], []]);
  const batch = rows([click("a", 1, 0, 1n), click("b", 2, 0, 2n)].map(({ row }) => row));
  const both = events("clicks", { ...columns, batch, stream: ingest() });
  expect([await amounts(both, 3), await amounts(both, 3.5), await amounts(both, 9)]).toEqual([[], [1n], [2n, 1n]]);
  await (await begin()).append([click("c", 3, 4, 3n)], 9);
  expect([await amounts(both, 9), await amounts(both, 9, every("1s"))]).toEqual([[3n], [2n, 1n]]);
});

test("a source whose only rows are in a topic that asof does not keep is refused", async () => {
  await expect(amounts(events("clicks", { ...columns, stream: kafka("clicks") }), 9)).rejects.toMatchObject({ code: "SOURCE_NO_BATCH" });
});

test("available time rules, and versions of one id are in the order of the log", async () => {
  const writer = await begin();
  await writer.append([click("a", 1, 2, 1n), click("b", 1, 3, 2n), click("a", 1, 3, 3n), click("b", 1, 4, null, true), click("c", 9, 5, 7n)], 2);
  const seen = await Promise.all([2, 2.5, 3, 3.5, 4.5, 9, 9.5].map((second) => amounts(clicks, second)));
  expect(seen).toEqual([[], [1n], [1n], [3n, 2n], [3n], [3n], [7n, 3n]]);
});

test("what comes more than late after a version happened stands beside it, whatever version it is", async () => {
  const writer = await begin();
  await writer.append([click("a", 1, 2, 5n), click("a", 3000, 3601, 4n), click("a", 6500, 6600, 3n)], 9);
  expect(await amounts(clicks, 9999)).toEqual([3n]);
  await writer.append([click("a", 10_200, 10_201, 2n)], 9);
  const versioned = events("clicks", { ...columns, version: "amount", stream: ingest() });
  expect([await amounts(clicks, 19_999), await amounts(versioned, 19_999)]).toEqual([
    [2n, 3n],
    [2n, 3n],
  ]);
});

test("rows of one moment are in the order of the log where there is nothing else, not in that of their content", async () => {
  const writer = await begin();
  await writer.append([click("z", 1, 2, 5n), click("m", 1, 2, 9n), click("a", 1, 3, 7n)], 9);
  expect(await amounts(clicks, 9)).toEqual([7n, 9n, 5n]);
});

test("a log is read up to its last whole line, and again when it has grown; a closed segment is parsed once", async () => {
  const writer = await begin();
  await writer.append([click("a", 1, 2, 1n), click("b", 2, 3, 2n)], 1);
  await writer.tear();
  const closed = writer.path(writer.segments[0] as number);
  await utimes(closed, 1, 1);
  expect(await amounts(clicks, 9)).toEqual([2n, 1n]);
  await writeFile(closed, (await readFile(closed, "utf8")).replace('"1"', '"8"')); // nobody does: it shows what is read again
  await utimes(closed, 1, 1);
  await writer.append([click("c", 3, 4, 3n)], 9);
  const again = await amounts(clicks, 9);
  expect([again, await amounts(clicks, 9)]).toEqual([
    [3n, 2n, 1n],
    [3n, 2n, 1n],
  ]);
  expect(await readdir(join(root, ".asof", "log", "clicks", "segments"))).toHaveLength(2);
});

test("a segment that is compacted into several days is the same rows; while it lies there its parts do not count", async () => {
  const writer = await begin();
  const day = 86_400;
  await writer.append([click("a", day - 3, day - 2, 1n), click("b", day - 1, day, 2n), click("a", day - 3, day + 1, 4n), click("c", day, day + 2, 3n)], 3);
  const [first] = writer.segments as [number];
  const text = await readFile(writer.path(first));
  const before = await amounts(clicks, 2 * day);
  const parts = await compactSegment(offline, clicks, first);
  expect(parts.map((part) => part.slice(writer.folder.length))).toEqual([
    "/parts/available=1970-01-01/0000000000000000.parquet",
    "/parts/available=1970-01-02/0000000000000000.parquet",
  ]);
  expect(await readdir(join(writer.folder, "segments"))).toEqual([`${String(writer.segments[1]).padStart(16, "0")}.ndjson`]);
  expect([before, await amounts(clicks, 2 * day)]).toEqual([
    [3n, 2n, 4n],
    [3n, 2n, 4n],
  ]);
  await writeFile(writer.path(first), text);
  const { id: _id, deleted: _deleted, ...others } = columns;
  const everyRecord = events("clicks", { ...others, stream: ingest() });
  expect(await amounts(everyRecord, 2 * day)).toEqual([3n, 2n, 4n, 1n]);
  await rm(parts[0] as string);
  expect(await amounts(clicks, 2 * day)).toEqual(before);
  expect(await compactSegment(offline, clicks, first)).toEqual(parts);
  expect(await amounts(clicks, 2 * day)).toEqual(before);
});

test("a snapshot names the files of the log; that it grows is no change for a refresh, that it is another log is one", async () => {
  const writer = await begin();
  await writer.append([click("a", 1, 2, 1n)], 9);
  const reading = { source: clicks as Source<unknown>, streamed: false };
  const before = await offline.snapshot(reading);
  expect(before.files.map(({ path }) => path)).toEqual([".asof/log/clicks/log.json", ".asof/log/clicks/segments/0000000000000000.ndjson"]);
  await writer.append([click("b", 2, 3, 2n)], 1);
  expect((await offline.snapshot(reading)).files).toHaveLength(3);
  expect(await offline.hasChanged(reading, before)).toBe(false);
  await writeFile(join(writer.folder, "log.json"), JSON.stringify({ format: 1, id: "another", source: "clicks", began: 0 }));
  expect(await offline.hasChanged(reading, before)).toBe(true);
});

describe("what is damaged is told with its line", () => {
  test.each([
    ["no JSON", "{", "SOURCE_LOG_DAMAGED", "line 2"],
    ["no record", "[1]", "SOURCE_LOG_DAMAGED", "line 2"],
    ["a column of another type", '{"~o":99,"~a":1,"id":5}', "SOURCE_LOG_DAMAGED", "column 'id' is t.string(), but holds 5"],
    ["a time that is none", '{"~o":99,"~a":1,"at":"soon"}', "SOURCE_LOG_DAMAGED", "line 2"],
    ["a record without its available time", '{"~o":99}', "SOURCE_LOG_DAMAGED", "line 2"],
  ])("%s", async (_, line, code, said) => {
    const writer = await begin();
    await writer.append([click("a", 1, 2, 1n)], 9);
    await appendFile(writer.path(0), `${line}\n`);
    const refusal = await amounts(clicks, 9).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code });
    expect(String(refusal)).toContain(said);
    expect(String(refusal)).toContain("segments/0000000000000000.ndjson");
  });

  test("a log that does not say which it is", async () => {
    const writer = await begin();
    await writeFile(join(writer.folder, "log.json"), "{}");
    await expect(amounts(clicks, 9)).rejects.toMatchObject({ code: "SOURCE_LOG_UNKNOWN" });
  });
});

test("a folder without segments is a log without records", async () => {
  await mkdir((await begin()).folder, { recursive: true });
  expect(await amounts(clicks, 9)).toEqual([]);
});

test("what was available before T but at or above the cut is lag", async () => {
  const writer = await begin();
  const records = await writer.append([click("a", 1, 2, 1n), click("b", 1, 3, 2n), click("c", 1, 4, 3n), click("d", 1, 9, 4n)], 9);
  const plan = rowCount(viewOf(clicks));
  const keys = new KeyList(plan.keys);
  const key = [keys.add(["u"])];
  const [asked, end] = [{ plan, key, at: [5 * SECOND] }, [records[1]?.["~o"] as number]];
  const [answers] = await viewsAt(offline, [{ keys, asked: [asked, { ...asked, end }] }]);
  expect(answers?.map(({ features: [count] }) => count !== undefined && vectorReader(count)(0))).toEqual([3, 1]);
});

test("a cut of a log that is not there is refused", async () => {
  const both = events("clicks", { ...columns, batch: rows([click("a", 1, 0, 1n).row]), stream: ingest() });
  const plan = viewOf(both);
  const keys = new KeyList(plan.keys);
  const asked = [{ plan, key: [keys.add(["u"])], at: [5 * SECOND], end: [7] }];
  await expect(viewsAt(offline, [{ keys, asked }])).rejects.toMatchObject({ code: "SOURCE_NO_LOG" });
});

test("a column that was added later, and may be null, is null in older records: of segments, of parts and of a history; a type that was widened is read", async () => {
  const { id: _, ...narrow } = schema;
  const older = { ...columns, schema: { ...narrow, id: t.string(), amount: t.int32().nullable() } };
  const batch = rows([{ id: "h", user_id: "u", at: timestampOf(0), amount: 7, gone: null }]);
  const before = events("clicks", { ...older, batch, stream: ingest() });
  const writer = await begin();
  await writeHistory(offline, before, 5 * SECOND);
  const narrowed = [click("a", 1, 6, null), click("b", 2, 6, null)].map(({ row, available }, i) => ({ row: { ...row, amount: i + 1 }, available }));
  await writer.append(narrowed, 1);
  await compactSegment(offline, before, writer.segments[0] as number);
  const after = events("clicks", {
    ...columns,
    schema: { ...schema, available: t.string().nullable(), seen: t.timestamp().nullable() },
    batch,
    stream: ingest(),
  });
  await writer.append([{ ...click("c", 3, 7, 3n), row: { ...click("c", 3, 7, 3n).row, available: "yes" } }], 1);
  const asked = async (): Promise<unknown> => {
    const features = planView(
      featureView("v", {
        entity: user,
        source: after,
        refresh: streaming(),
        features: ({ lastN, sum }) => ({
          said: lastN((p) => p.available ?? "null", 9).lifetime(),
          seen: lastN((p) => p.seen !== null, 9).lifetime(),
          amount: sum((p) => p.amount).lifetime(),
        }),
      }).definition,
    );
    const values = await valuesAt(offline, features, { keys: [["u"]], at: Float64Array.of(9 * SECOND) });
    return values.features.map((vector) => vectorReader(vector)(0));
  };
  expect(await asked()).toEqual([["yes", "null", "null", "null"], [false, false, false, false], 13n]);
  await compactSegment(offline, after, writer.segments[1] as number);
  await compactSegment(offline, after, writer.segments[2] as number);
  expect(await asked()).toEqual([["yes", "null", "null", "null"], [false, false, false, false], 13n]);
  const past: unknown[] = [];
  for await (const some of historyRows(offline, after, -Infinity)) past.push(...some.map(({ cells }) => cells));
  expect(past).toEqual([["h", "u", 0, 7n, null, null, null]]);
  const strict = events("clicks", { ...columns, schema: { ...schema, extra: t.string() }, batch, stream: ingest() });
  await expect(amounts(strict as unknown as Clicks, 9)).rejects.toMatchObject({ code: "SOURCE_UNKNOWN_COLUMN" });
});
