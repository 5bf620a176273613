// The real process that takes events is killed at random moments: what it acknowledged is there, and counts once.
import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAsof, type BuiltAsof } from "../cli/built-asof.ts";
import { chance, SEED } from "../property/runs.ts";
import { startStream, type RunningServer } from "../cli/server.ts";

const KILLS = Number(process.env["ASOF_KILLS"] ?? 100);
const USERS = 5;
const CONFIG = `
import { defineConfig, entity, events, featureService, featureView, ingest, streaming, t } from "asof";
const user = entity("user", { user_id: t.string() });
const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp(), n: t.int64() },
  eventTime: "at", availableAt: { delay: "0s" }, id: "id", late: "1d", stream: ingest(),
});
const live = featureView("live", {
  entity: user, source: clicks, refresh: streaming(),
  features: ({ count, sum }) => ({ clicks: count().lifetime(), total: sum((c) => c.n).lifetime() }),
});
export default defineConfig({ services: [featureService("svc", { features: [live] })], ingest: { segmentBytes: 50_000 } });
`;

interface Click {
  readonly id: string;
  readonly user_id: string;
  readonly at: string;
  readonly n: string;
}

let asof: BuiltAsof;
let folder: string;

beforeAll(() => {
  asof = buildAsof();
  folder = mkdtempSync(join(tmpdir(), "asof-kills-"));
  writeFileSync(join(folder, "asof.config.ts"), CONFIG);
  asof.succeed(folder, "apply");
});
afterAll(() => {
  asof.remove();
  rmSync(folder, { recursive: true, force: true });
});

test(`${KILLS} kills of asof stream lose nothing that was acknowledged, and count nothing twice`, { timeout: 30_000 + 6000 * KILLS }, async () => {
  const below = chance(SEED);
  const acknowledged = new Map<string, Click>();
  const open: Click[] = [];
  let made = 0;
  const send = async (server: RunningServer): Promise<void> => {
    for (;;) {
      const fresh = Array.from({ length: 1 + below(40) }, (): Click => ({
        id: `c${++made}`,
        user_id: `u${below(USERS)}`,
        at: new Date().toISOString(),
        n: String(made),
      }));
      const again = open.splice(0, 20); // what was never answered is sent again, and must not count twice
      const events = [...again, ...fresh];
      try {
        const { status, body } = await server.post(`/v1/events/clicks${below(3) === 0 ? "?wait=visible" : ""}`, JSON.stringify(events));
        if (status !== 200 || (body["accepted"] as number) + (body["duplicate"] as number) !== events.length)
          throw new TypeError(`${status} ${JSON.stringify(body)}`);
        for (const event of events) acknowledged.set(event.id, event);
      } catch (error) {
        open.push(...events);
        if (error instanceof TypeError && (error.cause === undefined || (error.cause as { code?: string }).code !== undefined) && /^\d/.test(error.message))
          throw error;
        return; // the process is gone
      }
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await startStream(asof, folder);
    const senders = [send(server), send(server), send(server)];
    await sleep(20 + below(200));
    await server.kill();
    await Promise.all(senders);
  }
  const server = await startStream(asof, folder);
  while (open.length > 0) {
    const part = open.splice(0, 500);
    const { status, body } = await server.post("/v1/events/clicks?wait=visible", JSON.stringify(part));
    expect([status, body["refused"], body["dead"]]).toEqual([200, 0, 0]);
    for (const event of part) acknowledged.set(event.id, event);
  }
  await server.post("/v1/events/clicks?wait=visible", JSON.stringify([{ id: "last", user_id: "nobody", at: new Date().toISOString(), n: "1" }]));
  expect(acknowledged.size).toBe(made);
  const segments = join(folder, ".asof", "log", "clicks", "segments");
  const logged = readdirSync(segments).flatMap((name) => readFileSync(join(segments, name), "utf8").trimEnd().split("\n"));
  const ids = logged.map((line) => (JSON.parse(line) as Click).id).filter((id) => id !== "last");
  expect(new Set(ids).size, "no event is in the log twice").toBe(ids.length);
  expect(ids.length, "every event is in the log").toBe(made);
  for (let user = 0; user < USERS; user++) {
    const own = [...acknowledged.values()].filter(({ user_id }) => user_id === `u${user}`);
    const { values } = asof.succeed(folder, "get", "svc", `user_id=u${user}`, "--json").json() as { values: Record<string, unknown> };
    expect(values).toEqual({ clicks: own.length, total: String(own.reduce((sum, { n }) => sum + BigInt(n), 0n)) });
  }
  expect((await server.stop()).code).toBe(0);
  console.log(`${KILLS} kills, ${made} events, ${logged.length} records in ${readdirSync(segments).length} segments`);
});
