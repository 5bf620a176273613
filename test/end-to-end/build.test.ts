// A view that is new to a running project with a long history, as processes: its states are built while events flow, the process is killed
// in the middle of it, and in the end it answers what a view answers that was there from the start.
import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAsof, type BuiltAsof } from "../cli/built-asof.ts";
import { chance, SEED } from "../property/runs.ts";
import { startServer, startStream, type RunningServer } from "../cli/server.ts";

const ROWS = 50_000;
const USERS = 300;
const HOUR = 3_600_000;

const config = (views: readonly string[]): string => `
import { csv, defineConfig, entity, events, featureService, featureView, ingest, streaming, t } from "asof";
const user = entity("user", { user_id: t.string() });
const orders = events("orders", {
  schema: { order_id: t.string(), user_id: t.string(), at: t.timestamp(), cents: t.int64() },
  eventTime: "at", availableAt: { delay: "0s" }, id: "order_id", late: "30d", batch: csv("orders.csv"), stream: ingest(),
});
const [old, added] = ["old", "added"].map((name) => featureView(name, {
  entity: user, source: orders, refresh: streaming(),
  features: ({ count, distinctCount, last, sum, topK }) => ({
    [name + "_orders"]: count().over("7d"),
    [name + "_spent"]: sum((o) => o.cents).lifetime(),
    [name + "_days"]: distinctCount((o) => o.cents).over("3d"),
    [name + "_last"]: last((o) => o.order_id).lifetime(),
    [name + "_dearest"]: topK((o) => o.cents, 3).over("20d"),
  }),
}));
const services = [${views.map((view) => `featureService("${view}_of_user", { features: [${view}] })`).join(", ")}, featureService("all_of_user", { features: [${views.join(", ")}] })];
export default defineConfig({ services, servingLog: { folder: "served", flushEvery: "50ms" } });
`;

interface Told {
  readonly history: number;
  readonly end: number;
  readonly building: readonly { readonly view: string; readonly rows: number; readonly absorbed: number; readonly answers: boolean }[];
  readonly problem: string | null;
}

let asof: BuiltAsof;
let folder: string;
let server: RunningServer | null = null;
const below = chance(SEED);
let sent = 0;

beforeAll(() => {
  asof = buildAsof();
  folder = mkdtempSync(join(tmpdir(), "asof-build-"));
  const now = Date.now();
  const history = Array.from(
    { length: ROWS },
    (_, i) => `o${i},u${below(USERS)},${new Date(now - HOUR - below(20 * 24 * HOUR)).toISOString()},${below(10_000)}`,
  );
  writeFileSync(join(folder, "orders.csv"), `order_id,user_id,at,cents\n${history.join("\n")}\n`);
});
afterAll(async () => {
  await server?.kill();
  asof.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Orders that are new, and ones of the history and the log again, with another price, user and time. */
const orders = (count: number): readonly unknown[] =>
  Array.from({ length: count }, () => ({
    order_id: `o${below(2) === 0 ? below(ROWS) : ROWS + sent++}`,
    user_id: `u${below(USERS)}`,
    at: new Date(Date.now() - below(10 * 24 * HOUR)).toISOString(),
    cents: String(below(10_000)),
  }));

async function send(stream: RunningServer, count: number): Promise<void> {
  const { status, body } = await stream.post("/v1/events/orders?wait=visible", JSON.stringify(orders(count)));
  expect([status, body["refused"], body["dead"]]).toEqual([200, 0, 0]);
}

async function told(stream: RunningServer): Promise<Told> {
  const { body } = await stream.get("/v1/streams");
  return (body["streams"] as readonly Told[])[0] as Told;
}

async function untilBuilt(stream: RunningServer, meanwhile: () => Promise<void>): Promise<void> {
  for (let asked = 0; (await told(stream)).building.length > 0; asked++) {
    if (asked > 5000) throw new Error("it is never built");
    await meanwhile();
  }
}

async function ask(service: string, user: number): Promise<Readonly<Record<"values" | "status", Readonly<Record<string, unknown>>>>> {
  const { status, body } = await (server as RunningServer).post(`/v1/features/${service}`, JSON.stringify({ input: { user_id: `u${user}` } }));
  expect(status).toBe(200);
  return body as never;
}

const apply = (...views: readonly string[]): void => {
  writeFileSync(join(folder, "asof.config.ts"), config(views));
  asof.succeed(folder, "apply");
};

test("events are taken and the old view answers while the states of a new one are built, through a kill, and both agree", { timeout: 300_000 }, async () => {
  apply("old");
  let stream = await startStream(asof, folder);
  await untilBuilt(stream, () => sleep(20));
  expect(await told(stream)).toMatchObject({ history: ROWS, problem: null });
  for (let round = 0; round < 10; round++) await send(stream, 50);
  await stream.stop();

  apply("old", "added");
  stream = await startStream(asof, folder);
  server = await startServer(asof, folder);
  let isKilled = false;
  let answersWhileBuilding = 0;
  for (;;) {
    const before = await told(stream);
    const [added] = before.building;
    if (added === undefined) break;
    expect([before.problem, added.view, added.answers, (await stream.get("/ready")).status]).toEqual([null, "added", false, 200]);
    await send(stream, 20);
    const after = (await told(stream)).building[0];
    if (after === undefined) break;
    expect(Object.values((await ask("added_of_user", below(USERS))).status)).toEqual(Array.from({ length: 5 }, () => "UNAVAILABLE"));
    expect(Object.values((await ask("old_of_user", below(USERS))).status)).not.toContain("UNAVAILABLE");
    answersWhileBuilding++;
    if (!isKilled && after.rows > ROWS / 4) {
      isKilled = true;
      await stream.kill();
      stream = await startStream(asof, folder);
      expect((await told(stream)).building[0]?.rows ?? ROWS).toBeGreaterThanOrEqual(after.rows);
    }
  }
  expect([isKilled, answersWhileBuilding > 3]).toEqual([true, true]);
  await untilBuilt(stream, () => sleep(20));
  await send(stream, 200);
  while (!stream.printed().includes("built")) await sleep(100);
  const lines = stream.printed().trim().split("\n").slice(1);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ building: { source: "orders", view: "added", history: ROWS, answers: false } });
  expect(JSON.parse(lines.at(-1) as string)).toEqual({ built: "added" });
  expect((await server.get("/ready")).body["problems"]).toEqual([]);
  for (let user = 0; user < USERS; user++) {
    const { values, status } = await ask("all_of_user", user); // both at one T
    for (const all of [values, status].map(Object.values)) expect(all.slice(5)).toEqual(all.slice(0, 5));
  }
  expect((await stream.stop()).code).toBe(0);
  expect((await server.stop()).code).toBe(0);
  server = null;
  const { code, json } = asof.run(folder, "verify", "--json");
  expect(json()).toMatchObject({ different: 0, notes: [] });
  expect(code).toBe(0);
});
