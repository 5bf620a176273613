// A server of several processes: one port, one result, metrics of all, workers that die and are started again, and an orderly end.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAsof, type BuiltAsof } from "./built-asof.ts";
import { createShop, SHOP, type Shop } from "./shop.ts";
import { scrape } from "../serve/scrape.ts";
import { startServer, type RunningServer } from "./server.ts";

let asof: BuiltAsof;
let shop: Shop;
let server: RunningServer;
const body = JSON.stringify({ input: { user_id: "u1", shop_id: SHOP, amount: 1.5, note: null } });
/** A request over a connection of its own, so that any worker may get it. */
const ask = async (headers: Readonly<Record<string, string>> = {}): Promise<number> => {
  const response = await fetch(`${server.url}/v1/features/checkout`, { method: "POST", body, headers: { ...headers, connection: "close" } });
  await response.arrayBuffer();
  return response.status;
};
const lines = (): readonly Readonly<Record<string, unknown>>[] =>
  server
    .said()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
const workers = (): Set<unknown> => new Set(lines().flatMap(({ pid, requestId }) => (requestId === undefined ? [] : [pid])));
const answered = async (): Promise<number | undefined> =>
  (await scrape(server.url)).value("asof_request_duration_seconds_count", { service: "checkout", outcome: "answered" });

beforeAll(async () => {
  asof = buildAsof();
  shop = createShop();
  asof.succeed(shop.folder, "materialize", "--at", shop.tick);
  asof.succeed(shop.folder, "apply");
  server = await startServer(asof, shop.folder, "--processes", "2", "--log");
});
afterAll(() => {
  asof.remove();
  shop.remove();
});

describe("two processes", () => {
  test("give one result, on one port", () => {
    expect(server.printed().trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(server.printed())).toEqual({ url: server.url, services: ["checkout"], processes: 2 });
  });

  test("answer both, log as one, and each tells the metrics of both", async () => {
    expect(new Set(await Promise.all(Array.from({ length: 40 }, () => ask())))).toEqual(new Set([200]));
    await expect.poll(() => workers().size).toBe(2);
    for (let i = 0; i < 4; i++) {
      expect(await answered()).toBe(40);
      const read = await scrape(server.url);
      expect(read.value("asof_processes", {})).toBe(2);
      expect(read.value("asof_view_run", { view: "spending" })).toBe(1);
      expect(read.value("asof_feature_values_total", { view: "~derived", status: "PRESENT" })).toBe(0);
    }
  });

  test("one that dies is told of and started again; what it counted still counts", async () => {
    const [victim] = workers() as Set<number>;
    process.kill(victim as number, "SIGKILL");
    const told = (): unknown => lines().find(({ msg }) => String(msg).startsWith("worker"))?.["msg"];
    await expect.poll(told).toBe(`worker ${victim} ended (SIGKILL): another is started in 250ms`);
    expect(await ask()).toBe(200);
    expect(await answered()).toBe(41);
    await expect.poll(async () => (await scrape(server.url)).value("asof_processes", {}), { timeout: 20_000 }).toBe(2);
    await Promise.all(Array.from({ length: 20 }, () => ask()));
    await expect.poll(() => workers().size).toBe(3);
    expect(await answered()).toBe(61);
  });

  test("that find their port taken end with one error", () => {
    const { code, out, err } = asof.run(shop.folder, "serve", "--processes", "2", "--port", new URL(server.url).port, "--json");
    expect(code).toBe(2);
    expect(err.match(/error SERVE_CANNOT_LISTEN/g)).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: "SERVE_CANNOT_LISTEN" } });
  });

  test("told to stop, finish what is open and end, and what they answered is in their logs", async () => {
    const open = Array.from({ length: 20 }, () => ask());
    await Promise.race(open);
    const pids = workers() as Set<number>;
    expect((await server.stop()).code).toBe(0);
    const done = (await Promise.allSettled(open)).filter((one) => one.status === "fulfilled" && one.value === 200).length;
    expect(done).toBeGreaterThan(0);
    await expect(ask()).rejects.toThrow("fetch failed");
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    const proof = asof.run(shop.folder, "verify", "--json").json();
    expect(proof).toMatchObject({ different: 0, missing: 0, torn: 0 });
    expect(proof["requests"]).toBeLessThanOrEqual(61 + done);
    expect(proof["requests"]).toBeGreaterThanOrEqual(21 + done); // a process that is killed loses what it had not flushed
  });
});

test.each(["0", "1.5", "many", "1000"])("--processes %s is refused", (processes) => {
  expect(asof.run(shop.folder, "serve", "--processes", processes)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/error USAGE_BAD_PROCESSES/) as string,
  });
});
