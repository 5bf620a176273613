// The intake: what becomes of each event, in every way in which one can be wrong, late, repeated or corrected.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { events, ingest } from "../define/source.ts";
import { Intake, type IntakeOptions, type Outcome } from "./intake.ts";
import { manualClock, parseTime, timestamp, HOUR, MINUTE } from "../time.ts";
import { noteReplayed, readDeadLetters } from "./dead-letters.ts";
import { openLogFile } from "./log-file.ts";
import { t } from "../schema/value-type.ts";
import type { LogRecord } from "./record.ts";
import type { Source } from "../define/source.ts";

const NOON = parseTime("2026-06-01T12:00:00Z");
const schema = {
  id: t.string(),
  user_id: t.string(),
  at: t.timestamp(),
  loaded_at: t.timestamp(),
  amount: t.float64().nullable(),
  cents: t.int64().nullable(),
  version: t.int32().nullable(),
  gone: t.boolean().nullable(),
};
const plain = events("orders", { schema, eventTime: "at", availableAt: "loaded_at", id: "id", late: "1d", stream: ingest() });
const versioned = events("orders", {
  schema,
  eventTime: "at",
  availableAt: "loaded_at",
  id: "id",
  version: "version",
  deleted: "gone",
  late: "1d",
  stream: ingest(),
});

const clock = manualClock(NOON);
let folder: string;
let intake: Intake;
let told: LogRecord[];

const open = async (source: Source<unknown> = plain, options: Partial<IntakeOptions> = {}): Promise<Intake> => {
  const opened = await Intake.open(source, { folder, segmentBytes: 1000, queueBytes: 1_000_000, clock, idsInMemory: 2, ...options });
  opened.onRecords = (records) => void told.push(...records);
  return opened;
};
const order = (id: string, over: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  id,
  user_id: "u1",
  at: "2026-06-01T11:59:00Z",
  amount: 1.5,
  ...over,
});
const statuses = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((one) => (one.status === "refused" ? one.error.code : one.status === "dead" ? one.code : one.status));
const take = async (...all: readonly unknown[]): Promise<string[]> => statuses(await intake.take(all));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-intake-"));
  clock.set(NOON);
  told = [];
  intake = await open();
});
afterEach(async () => {
  await intake.close();
  await rm(folder, { recursive: true });
});

describe("an event is refused, and nothing of it is kept,", () => {
  test.each([
    ["where it is no object", [null, 7, "text", [order("a")]], "INGEST_NOT_AN_EVENT"],
    ["with a text for a number", [order("a", { amount: "1.5" }), order("a", { version: 1.5 }), order("a", { version: 2 ** 31 })], "INGEST_WRONG_TYPE"],
    ["with a number for a text", [order("a", { user_id: 5 }), order("a", { at: NOON })], "INGEST_WRONG_TYPE"],
    [
      "with a time that is none",
      [order("a", { at: "noon" }), order("a", { at: "2026-02-30T00:00:00Z" }), order("a", { at: "9999-01-01T00:00:00Z" })],
      "INGEST_WRONG_TYPE",
    ],
    ["with half a character", [order("a", { user_id: "\ud800" })], "INGEST_WRONG_TYPE"],
    ["with a whole number that JSON cannot hold", [order("a", { cents: 9007199254740992 })], "INGEST_UNSAFE_INTEGER"],
    ["with a list or an object for a value", [order("a", { amount: [1] }), order("a", { amount: {} })], "INGEST_WRONG_TYPE"],
    [
      "without a column that cannot be null",
      [{ id: "a", at: "2026-06-01T11:59:00Z" }, order("a", { user_id: null }), order("a", { at: undefined })],
      "INGEST_MISSING_FIELD",
    ],
    ["with a column that the source does not have", [order("a", { amuont: 1 })], "INGEST_UNKNOWN_FIELD"],
  ])("%s", async (_, wrong, code) => {
    expect(await take(...wrong)).toEqual(wrong.map(() => code));
    expect([told, intake.log.end, intake.deadLetters]).toEqual([[], 0, 0]);
  });
});

test("one bad event among ten thousand is named by its place; the others are taken", async () => {
  const many = Array.from({ length: 10_000 }, (_, i) => order(`o${i}`, i === 6788 ? { amount: "x" } : {}));
  const outcomes = await intake.take(many);
  expect(outcomes.filter(({ status }) => status === "accepted").length).toBe(9999);
  const refused = outcomes[6788] as Extract<Outcome, { status: "refused" }>;
  expect(refused.error).toMatchObject({ code: "INGEST_WRONG_TYPE", where: "source orders, event 6789", cure: "Send a number, such as 12.5" });
  expect(told.length).toBe(9999);
});

test("values are taken as JSON and as TypeScript hold them, and are the same", async () => {
  const json = order("a", { cents: "9007199254740993", amount: -0 });
  const typed = order("a", { at: timestamp("2026-06-01T11:59:00Z"), cents: 9007199254740993n, amount: 0 });
  expect(await take(json, typed)).toEqual(["accepted", "duplicate"]);
  expect(await take(order("b", { amount: Number.NaN }), order("b", { amount: null }), order("c", { amount: Infinity }))).toEqual([
    "accepted",
    "duplicate",
    "accepted",
  ]);
  expect(told.map(({ cells }) => cells[4])).toEqual([0, null, null]);
});

test("the time of arrival is the log's, where the event does not say it", async () => {
  expect(await take(order("a"), order("b", { loaded_at: "2026-06-01T12:30:00Z" }))).toEqual(["accepted", "accepted"]);
  expect(told.map(({ cells, available }) => [cells[3], available])).toEqual([
    [NOON, NOON],
    [NOON + 30 * MINUTE, NOON],
  ]);
});

describe("an id is one row", () => {
  test("sent twice it is a duplicate: in one sending, in two, after a restart, whatever it says of its arrival", async () => {
    expect(await take(order("a"), order("a"), order("b"))).toEqual(["accepted", "duplicate", "accepted"]);
    clock.set(NOON + HOUR);
    expect(await take(order("a", { loaded_at: "2026-06-01T12:30:00Z" }), order("c"), order("d"))).toEqual(["duplicate", "accepted", "accepted"]);
    await intake.close();
    intake = await open();
    expect(await take(order("a"), order("b"), order("c"), order("d"))).toEqual(["duplicate", "duplicate", "duplicate", "duplicate"]);
    expect(told.length).toBe(4);
  });

  test("another content takes its place, and carries what it was", async () => {
    const [first] = (await intake.take([order("a")])) as [Extract<Outcome, { available: number; position: number }>];
    const [, second] = await intake.take([order("x"), order("a", { amount: 2, at: "2026-06-01T11:58:00Z" })]);
    expect(second).toMatchObject({ status: "corrected" });
    expect(told.at(-1)?.replaces).toMatchObject({ position: first.position, was: told[0]?.cells });
    expect(await take(order("a"), order("a", { amount: 2 }))).toEqual(["corrected", "corrected"]);
  });

  test("older than late it is a row of its own", async () => {
    await take(order("a"));
    clock.set(NOON + 24 * HOUR);
    expect(await take(order("a", { at: "2026-06-02T11:59:00Z" }), order("a", { at: "2026-06-02T11:59:00Z", amount: 3 }))).toEqual(["accepted", "corrected"]);
    expect(told.map(({ replaces }) => replaces?.position ?? null)).toEqual([null, null, told[1]?.position]);
  });

  test("versions may come in any order: the greatest counts; a delete needs no more than its id and time", async () => {
    await intake.close();
    intake = await open(versioned);
    const version = (number: number | null, over: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> =>
      order("a", { version: number, ...over });
    expect(await take(version(2), version(1), version(null), version(2), version(2, { amount: 9 }))).toEqual([
      "accepted",
      "outdated",
      "outdated",
      "duplicate",
      "corrected",
    ]);
    const gone = { id: "a", at: "2026-06-01T11:59:00Z", version: 4, gone: true };
    expect(await take(gone, version(3), gone, version(5))).toEqual(["corrected", "outdated", "duplicate", "corrected"]);
    expect(told.at(-1)?.replaces).toMatchObject({ was: null });
    expect(await take({ id: "b", at: "2026-06-01T11:59:00Z", gone: true, version: 7 }, order("b", { version: 6 }))).toEqual(["accepted", "outdated"]);
    expect(await take({ id: "c", gone: true })).toEqual(["INGEST_MISSING_FIELD"]);
  });
});

describe("what cannot count lies with the dead letters", () => {
  test("too late, too far ahead: by a microsecond", async () => {
    const at = (micros: number): string => timestamp(BigInt(micros)).toString();
    const edges = [NOON - 24 * HOUR - 1, NOON - 24 * HOUR, NOON + 5 * MINUTE, NOON + 5 * MINUTE + 1];
    expect(await take(...edges.map((edge, i) => order(`e${i}`, { at: at(edge) })))).toEqual([
      "INGEST_TOO_LATE",
      "accepted",
      "accepted",
      "INGEST_TOO_FAR_AHEAD",
    ]);
    const ten = [order("y", { at: "2016-06-01T12:00:00Z" }), order("z", { at: "2036-06-01T12:00:00Z" })];
    expect(await take(...ten)).toEqual(["INGEST_TOO_LATE", "INGEST_TOO_FAR_AHEAD"]);
    const letters = await readDeadLetters(folder);
    expect(letters.map(({ number, code }) => [number, code])).toEqual([
      [1, "INGEST_TOO_LATE"],
      [2, "INGEST_TOO_FAR_AHEAD"],
      [3, "INGEST_TOO_LATE"],
      [4, "INGEST_TOO_FAR_AHEAD"],
    ]);
    expect(letters[2]).toMatchObject({
      at: NOON,
      event: ten[0],
      what: expect.stringMatching(/^it came 36\d\dd.* after it happened, more than late: 1d$/) as string,
    });
    await noteReplayed(folder, letters.slice(0, 3));
    expect((await readDeadLetters(folder)).map(({ number }) => number)).toEqual([4]);
    await intake.close();
    intake = await open();
    await take(order("q", { at: "2016-06-01T12:00:00Z" }));
    expect((await readDeadLetters(folder)).map(({ number }) => number)).toEqual([4, 5]);
  });

  test("a clock that jumps back does not make an event early: it is stamped as the one before", async () => {
    await take(order("a"));
    clock.set(NOON - 2 * HOUR);
    expect(await take(order("b", { at: "2026-06-01T12:04:00Z" }))).toEqual(["accepted"]);
    expect(told.map(({ available }) => available)).toEqual([NOON, NOON]);
  });
});

describe("under pressure", () => {
  test("what is more than may wait is refused whole, and taken later", async () => {
    await intake.close();
    intake = await open(plain, { queueBytes: 1000 });
    const first = intake.take([order("a")], 600);
    await expect(intake.take([order("b")], 600)).rejects.toMatchObject({ code: "INGEST_BUSY" });
    expect(statuses(await first)).toEqual(["accepted"]);
    expect(statuses(await intake.take([order("b")], 5000))).toEqual(["accepted"]);
    await intake.close();
    await expect(intake.take([order("c")])).rejects.toMatchObject({ code: "INGEST_CLOSED" });
    expect(told.length).toBe(2);
  });

  test("a disk that takes nothing more refuses, loses nothing, and goes on when it has room", async () => {
    let isFull = false;
    await intake.close();
    intake = await open(plain, {
      openFile: async (path, length) => {
        const file = await openLogFile(path, length);
        return {
          append: (bytes) => (isFull ? Promise.reject(new Error("ENOSPC: no space left on device, write")) : file.append(bytes)),
          close: () => file.close(),
        };
      },
    });
    expect(await take(order("a"))).toEqual(["accepted"]);
    isFull = true;
    const outcomes = await intake.take([order("b"), order("a"), order("c", { amount: "x" })]);
    expect(statuses(outcomes)).toEqual(["INGEST_CANNOT_WRITE", "INGEST_CANNOT_WRITE", "INGEST_WRONG_TYPE"]);
    expect((outcomes[0] as Extract<Outcome, { status: "refused" }>).error.message).toContain("no space left");
    isFull = false;
    expect(await take(order("b"), order("a"))).toEqual(["accepted", "duplicate"]);
    expect(told.map(({ cells }) => cells[0])).toEqual(["a", "b"]);
    const [name] = ["0000000000000000.ndjson"];
    expect((await readFile(join(folder, "segments", name), "utf8")).trimEnd().split("\n").length).toBe(2);
  });
});

test("a segment that is compacted while the log is open is forgotten: its ids are new ones", async () => {
  for (let i = 0; i < 20; i++) await take(order(`a${i}`));
  const segments = join(folder, "segments");
  const gone = intake.log.segments.list[0] as { readonly end: number };
  clock.set(NOON + 30 * HOUR);
  expect(await take(order("b", { at: "2026-06-02T17:00:00Z" }))).toEqual(["accepted"]);
  await rm(join(segments, "0000000000000000.ndjson"));
  expect(await take(order("a0", { at: "2026-06-02T17:00:00Z" }), order("a19", { at: "2026-06-02T17:00:00Z" }))).toEqual(["accepted", "accepted"]);
  expect(intake.log.first).toBe(gone.end);
});
