// The serving log: what is appended is read back, and what could not be written is said, never dropped in silence.
import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { entity } from "../define/entity.ts";
import { every } from "../define/refresh.ts";
import { exact } from "../../test/values.ts";
import { events, rows } from "../define/source.ts";
import { featureService } from "../define/feature-service.ts";
import { featureView } from "../define/feature-view.ts";
import { manualClock, parseTime, timestamp, MINUTE } from "../time.ts";
import { openServingLog, type ServingLog } from "./serving-log.ts";
import { planService } from "../plan/service-plan.ts";
import { readServingLog, type Gaps } from "./serving-log-reader.ts";
import { t } from "../schema/value-type.ts";
import { LOG_FORMAT, type LoggedRequest, type ReadRequest } from "./serving-log-format.ts";

const schema = { user_id: t.string(), at: t.timestamp(), amount: t.float64(), cents: t.int64(), kind: t.string(), good: t.boolean() };
const source = events("purchases", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: rows([]) });
const view = featureView("spending", {
  entity: entity("user", { user_id: t.string() }),
  source,
  refresh: every("1d"),
  features: ({ count, sum, last, lastN, max }) => ({
    n: count().over("7d"),
    spend: sum((p) => p.amount).over("7d"),
    cents: sum((p) => p.cents).over("7d"),
    kind: last((p) => p.kind).over("7d"),
    good: last((p) => p.good).over("7d"),
    newest: max((p) => p.at).over("7d"),
    times: lastN((p) => p.at, 3).over("7d"),
    spent: sum((p) => p.amount)
      .by((p) => p.kind)
      .over("7d"),
  }),
});
const plan = planService(featureService("checkout", { request: { amount: t.float64() }, features: [view] }));
const clock = manualClock(parseTime("2026-01-01T00:00:00.5Z"));
const request = (n: number): LoggedRequest => ({
  at: parseTime("2026-01-01T00:00:00.123456Z") + n,
  input: [`u\0${n}\n\u2028`, 0.1 * n],
  runs: n % 5 === 0 ? [null] : [{ run: 3, tick: -5 }],
  values: [
    n,
    0.1 + 0.2 + n,
    -(2n ** 127n),
    'a "b"\n',
    false,
    timestamp("1969-12-31T23:59:59.999999Z"),
    n % 2 === 0 ? [] : [timestamp("2026-01-01T00:00:00Z"), timestamp("1969-12-31T23:59:59.999999Z")],
    new Map(["", "10", "9", "__proto__", "a\0"].map((key, i) => [key, i === 3 ? null : 0.1 * i * n])),
  ],
  status: ["PRESENT", "ERROR", "NULL", "STALE", "UNAVAILABLE", "NOT_FOUND", "PRESENT", "PRESENT"],
  eventTime: [null, -1, 2 ** 53, 0, 5, null, 7, 7],
});

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "asof-log-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (segmentBytes = 2 ** 20): Promise<ServingLog> => openServingLog({ folder: "log", segmentBytes, flushEvery: MINUTE }, folder, [plan], clock);
const read = async (): Promise<{ readonly requests: readonly ReadRequest[]; readonly gaps: Gaps }> => {
  const requests: ReadRequest[] = [];
  const gaps = await readServingLog(join(folder, "log"), (one) => void requests.push(one));
  return { requests, gaps };
};
const segments = async (): Promise<string[]> => (await readdir(join(folder, "log"))).toSorted().map((name) => join(folder, "log", name));
const fill = (log: ServingLog, from: number, to: number): void => {
  for (let n = from; n < to; n++) void log.append(plan, request(n));
};

describe("what is appended", () => {
  test("is read back as it was, over several segments, in order", async () => {
    const log = await open(5000);
    for (let n = 0; n < 100; n += 10) {
      fill(log, n, n + 10);
      await log.flush();
    }
    expect(log.state()).toEqual({ written: 100, lost: 0, problem: null });
    await log.close();
    expect((await segments()).length).toBeGreaterThan(3);
    const { requests, gaps } = await read();
    expect(gaps).toEqual({ lost: 0, missing: 0, torn: 0 });
    expect(requests.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    for (const [n, { number: _, service, ...rest }] of requests.entries()) {
      expect(service).toMatchObject({ name: "checkout", version: plan.version });
      expect(rest).toEqual(request(n));
      expect(rest.values.map(exact)).toEqual(request(n).values.map(exact));
    }
  });

  test("makes the caller wait when the disk is behind", async () => {
    const log = await open(2 ** 30);
    let waits = 0;
    for (let n = 0; n < 60_000; n++) if (log.append(plan, request(n)) !== undefined) waits++;
    expect(waits).toBeGreaterThan(0);
    await log.close();
    expect(log.state()).toMatchObject({ written: 60_000, lost: 0 });
  });

  test("leaves no file where nothing was asked", async () => {
    await (await open()).close();
    expect(await segments()).toEqual([]);
  });
});

describe("what cannot be written or read", () => {
  test("is counted, and said in the log once it can be written again", async () => {
    const log = await open(1);
    fill(log, 0, 3);
    await log.flush();
    await rename(join(folder, "log"), join(folder, "away"));
    await writeFile(join(folder, "log"), "");
    fill(log, 3, 5);
    await log.flush();
    expect(log.state()).toMatchObject({ written: 3, lost: 2, problem: expect.any(String) as string });
    await rm(join(folder, "log"));
    await rename(join(folder, "away"), join(folder, "log"));
    fill(log, 5, 9);
    await log.close();
    expect(log.state()).toEqual({ written: 7, lost: 2, problem: null });
    const { requests, gaps } = await read();
    expect(requests.map(({ number }) => number)).toEqual([1, 2, 3, 6, 7, 8, 9]);
    expect(gaps).toEqual({ lost: 2, missing: 0, torn: 0 });
  });

  test("a line that was cut off with its process is told apart from a damaged one", async () => {
    const log = await open();
    fill(log, 0, 3);
    await log.close();
    const [file] = (await segments()) as [string];
    await appendFile(file, '{"n":4,"s":0,"t":17');
    expect(await read()).toMatchObject({ requests: { length: 3 }, gaps: { lost: 0, missing: 0, torn: 1 } });
    await appendFile(file, "\n{}\n");
    await expect(read()).rejects.toMatchObject({ code: "LOG_UNREADABLE", where: `${file}, line 5` });
  });

  test("lines that were taken out are missed, also where a segment ends", async () => {
    const log = await open(1);
    for (let n = 0; n < 4; n++) {
      fill(log, 2 * n, 2 * n + 2);
      await log.flush();
    }
    await log.close();
    await rm((await segments())[1] as string);
    expect((await read()).gaps).toEqual({ lost: 0, missing: 2, torn: 0 });
  });

  test.each([
    ["another format", (text: string) => text.replace(`"format":${LOG_FORMAT}`, `"format":0`), "LOG_OTHER_FORMAT"],
    ["no header", (text: string) => text.split("\n").slice(1).join("\n"), "LOG_UNREADABLE"],
    ["a value of another kind", (text: string) => text.replace('"v":[0,', '"v":["0",'), "LOG_UNREADABLE"],
    ["an item of another kind", (text: string) => text.replace('"9":0', '"9":"0"'), "LOG_UNREADABLE"],
    ["a value too few", (text: string) => text.replace('"v":[0,', '"v":['), "LOG_UNREADABLE"],
    ["a status that is none", (text: string) => text.replace('"c":"P', '"c":"X'), "LOG_UNREADABLE"],
    ["a service that is none", (text: string) => text.replace('"s":0', '"s":1'), "LOG_UNREADABLE"],
  ])("%s is refused with its place", async (_, edit, code) => {
    const log = await open();
    fill(log, 0, 1);
    await log.close();
    const [file] = (await segments()) as [string];
    const before = await readFile(file, "utf8");
    await writeFile(file, edit(before));
    expect(edit(before)).not.toBe(before);
    await expect(read()).rejects.toMatchObject({ code, where: expect.stringContaining(file) as string });
  });

  test("a folder that cannot be made is refused at once", async () => {
    await writeFile(join(folder, "log"), "");
    await expect(open()).rejects.toMatchObject({ code: "LOG_NOT_WRITABLE", where: join(folder, "log") });
  });
});
