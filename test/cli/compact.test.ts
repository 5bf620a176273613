// `asof compact` as a process, beside one that takes events: killed at random moments, and two at one time. No record is lost or counts twice.
import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAsof, type BuiltAsof, type Ended } from "./built-asof.ts";
import { chance, SEED } from "../property/runs.ts";
import { startStream } from "./server.ts";

const KILLS = 10;
const config = (view: string): string => `
import { defineConfig, entity, events, featureService, featureView, ingest, streaming, t } from "asof";
const user = entity("user", { user_id: t.string() });
const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp(), n: t.int64() },
  eventTime: "at", availableAt: { delay: "0s" }, id: "id", late: "500ms", ahead: "500ms", stream: ingest(),
});
const live = featureView("${view}", {
  entity: user, source: clicks, refresh: streaming(), features: ({ count, sum }) => ({ clicks: count().lifetime(), total: sum((c) => c.n).lifetime() }),
});
export default defineConfig({ services: [featureService("svc", { features: [live] })], ingest: { segmentBytes: 6000 } });
`;

let asof: BuiltAsof;
let folder: string;
beforeAll(() => {
  asof = buildAsof();
  folder = mkdtempSync(join(tmpdir(), "asof-compact-"));
  writeFileSync(join(folder, "asof.config.ts"), config("first"));
  asof.succeed(folder, "apply");
});
afterAll(() => {
  asof.remove();
  rmSync(folder, { recursive: true, force: true });
});

const segments = (): string[] => readdirSync(join(folder, ".asof/log/clicks/segments"));
const logsOf = (ended: Ended): unknown => ended.json()["logs"];

test("before a log has begun there is nothing to compact; a duration that is none is refused", () => {
  expect(logsOf(asof.succeed(folder, "compact", "--json"))).toEqual([]);
  const { code, err } = asof.run(folder, "compact", "--older-than", "soon");
  expect([code, err]).toEqual([1, expect.stringContaining("TIME_BAD_DURATION")]);
});

test("ten kills of asof compact beside a stream that appends lose nothing and count nothing twice", { timeout: 180_000 }, async () => {
  const below = chance(SEED);
  const stream = await startStream(asof, folder);
  let [made, total] = [0, 0n];
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      const events = Array.from({ length: 1 + below(10) }, () => ({ id: `c${made}`, user_id: "u", at: new Date().toISOString(), n: String(made++) }));
      const { status, body } = await stream.post("/v1/events/clicks", JSON.stringify(events));
      expect([status, body["accepted"]]).toEqual([200, events.length]);
      for (const { n } of events) total += BigInt(n);
      await sleep(10);
    }
  })();
  await sleep(2000);
  const compact = async (killAfter: number | null): Promise<number> => {
    const began = Date.now();
    const child = asof.start(folder, "compact");
    const ended = once(child, "close");
    if (killAfter !== null) await Promise.race([ended, sleep(killAfter).then(() => child.kill("SIGKILL"))]);
    const [code] = (await ended) as [number | null];
    if (killAfter === null) expect(code).toBe(0);
    return Date.now() - began;
  };
  const whole = await compact(null);
  for (let kill = 0; kill < KILLS; kill++) await compact(whole / 4 + below(whole));
  const both = [asof.start(folder, "compact"), asof.start(folder, "compact")].map((child) => once(child, "close"));
  const codes = (await Promise.all(both)).map(([code]) => code as number).toSorted((a, b) => a - b);
  expect([
    [0, 0],
    [0, 1],
  ]).toContainEqual(codes);
  isOver = true;
  await sending;
  await sleep(1200);
  await stream.post("/v1/events/clicks?wait=visible", JSON.stringify({ id: "last", user_id: "nobody", at: new Date().toISOString(), n: "1" }));
  const answer = (): unknown => asof.succeed(folder, "get", "svc", "user_id=u", "--json").json()["values"];
  const expected = { clicks: made, total: String(total) };
  expect(answer()).toEqual(expected);
  await stream.stop();
  await compact(null);
  expect(segments().length).toBeLessThanOrEqual(2);
  writeFileSync(join(folder, "asof.config.ts"), config("second"));
  asof.succeed(folder, "apply");
  const again = await startStream(asof, folder);
  await expect.poll(() => again.printed(), { timeout: 30_000 }).toContain('{"built":"second"}');
  expect(answer()).toEqual(expected);
  await again.stop();
});
