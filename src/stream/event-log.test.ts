// The log: records come back as they went in, across segments; torn ends are set aside, and damage is told.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { EventLog } from "./event-log.ts";
import { manualClock } from "../time.ts";
import { openLogFile } from "./log-file.ts";
import { recordFormat, type LogRecord } from "./record.ts";

const format = recordFormat([
  { name: "id", kind: "string" },
  { name: "x", kind: "float64" },
  { name: "n", kind: "int64" },
  { name: "at", kind: "timestamp" },
  { name: "b", kind: "boolean" },
]);
const clock = manualClock(1000);
let folder: string;
let log: EventLog;
const open = (segmentBytes = 400): Promise<EventLog> => EventLog.open({ folder, source: "clicks", format, segmentBytes, clock });
const append = async (cells: LogRecord["cells"], replaces: LogRecord["replaces"] = null): Promise<LogRecord> => {
  const record = { position: log.end, available: log.stamp(), replaces, cells };
  await log.append(Buffer.from(format.line(record)));
  return record;
};
const all = async (from = 0): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const batch of log.records(from)) records.push(...batch.records);
  return records;
};
const segments = async (): Promise<string[]> => (await readdir(join(folder, "segments"))).toSorted();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-log-"));
  clock.set(1000);
  log = await open();
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true });
});

const CELLS: LogRecord["cells"][] = [
  ["a", 0.1, 9007199254740993n, 1_700_000_000_000_001, true],
  ['\u{1F600}\n"\\\u2028', 5e-324, -(2n ** 63n), -9007199254740992, false],
  ["", 1.7976931348623157e308, null, 9007199254740992, null],
  [null, null, null, null, null],
];

test("every value comes back as it was, with the version that it takes the place of", async () => {
  const written: LogRecord[] = [];
  for (const cells of CELLS)
    written.push(
      await append(cells),
      await append(cells, { position: 0, was: CELLS[1] as LogRecord["cells"] }),
      await append(cells, { position: -7, was: null }),
    );
  expect(await all()).toEqual(written);
  expect((await segments()).length).toBeGreaterThan(2);
  for (const record of written) expect(log.recordAt(record.position)).toEqual(record);
  expect(await all(written[5]?.position)).toEqual(written.slice(5));
  await log.close();
  log = await open();
  expect([await all(), log.torn, log.identity.began]).toEqual([written, 0, 1000]);
});

test("available times never fall, whatever the clock does, and whoever opens the log", async () => {
  await append(["a", 1, 1n, 1, true]);
  clock.set(5);
  expect((await append(["b", 1, 1n, 1, true])).available).toBe(1000);
  await log.close();
  log = await open();
  expect((await append(["c", 1, 1n, 1, true])).available).toBe(1000);
  log.raise(2000);
  expect((await append(["d", 1, 1n, 1, true])).available).toBe(2000);
});

describe("after a crash", () => {
  test.each([
    ["half a line", '{"~o":93,"~a":10'],
    ["zeros", "\0".repeat(100)],
    ["a whole line at another place", '{"~o":7,"~a":1000}\n'],
    ["rubbish and a line", 'rubbish\n{"~o":101,"~a":1000}\n'],
  ])("%s at the end is set aside, and the log goes on behind what was acknowledged", async (_, torn) => {
    const first = await append(["a", 1, 1n, 1, true]);
    await log.close();
    const [name] = (await segments()) as [string];
    await appendFile(join(folder, "segments", name), torn);
    log = await open();
    expect(log.torn).toBe(torn.length);
    const second = await append(["b", 2, 2n, 2, false]);
    expect(await all()).toEqual([first, second]);
    expect(await readFile(join(folder, `torn-${second.position}`), "utf8")).toBe(torn);
  });

  test("a segment that was begun and never written is written to", async () => {
    const first = await append(["a", 1, 1n, 1, true]);
    await writeFile(join(folder, "segments", `${String(log.end).padStart(16, "0")}.ndjson`), "");
    await log.close();
    clock.set(0);
    log = await open();
    expect([log.stamp(), await all()]).toEqual([1000, [first]]);
    await append(["b", 2, 2n, 2, false]);
    expect((await all()).length).toBe(2);
  });
});

describe("damage is told, with its place", () => {
  test("a segment that is gone from the middle", async () => {
    for (let i = 0; i < 12; i++) await append(["a", i, 1n, 1, true]);
    await log.close();
    const names = await segments();
    await rm(join(folder, "segments", names[1] as string));
    await expect(open()).rejects.toMatchObject({ code: "INGEST_LOG_GAP", where: join(folder, "segments") });
    log = await EventLog.open({ folder: join(folder, "other"), source: "clicks", format, segmentBytes: 400, clock });
  });

  test("a record that was changed", async () => {
    for (let i = 0; i < 12; i++) await append(["a", i, 1n, 1, true]);
    const path = join(folder, "segments", (await segments())[0] as string);
    await writeFile(path, (await readFile(path, "utf8")).replace('"~a":1000', '"~a":"00"'));
    await expect(all()).rejects.toMatchObject({ code: "INGEST_LOG_DAMAGED" });
    expect(() => log.recordAt(3)).toThrow(expect.objectContaining({ code: "INGEST_LOG_DAMAGED" }));
  });

  test("the log of another source, or none", async () => {
    await log.close();
    await expect(EventLog.open({ folder, source: "other", format, segmentBytes: 1, clock })).rejects.toMatchObject({ code: "INGEST_OTHER_LOG" });
    await writeFile(join(folder, "log.json"), "{}");
    await expect(open()).rejects.toMatchObject({ code: "INGEST_OTHER_LOG" });
    log = await EventLog.open({ folder: join(folder, "other"), source: "clicks", format, segmentBytes: 400, clock });
  });
});

test("a write that fails leaves the file as it was, and the next one goes through", async () => {
  const path = join(folder, "file");
  const file = await openLogFile(path, 0);
  await file.append(Buffer.from("one\n"));
  await truncate(path, 4);
  await file.close();
  await expect(file.append(Buffer.from("two\n"))).rejects.toThrow("closed");
  const again = await openLogFile(path, 4);
  await again.append(Buffer.from("three\n"));
  await again.close();
  expect(await readFile(path, "utf8")).toBe("one\nthree\n");
});
