// The commands, one after the other, as somebody would type them.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAsof, type BuiltAsof, type Ended } from "./built-asof.ts";
import { createShop, SHOP, USERS, type Shop } from "./shop.ts";

let asof: BuiltAsof;
let shop: Shop;
const run = (...args: readonly string[]): Ended => asof.run(shop.folder, ...args);
const done = (...args: readonly string[]): Ended => asof.succeed(shop.folder, ...args);

beforeAll(() => {
  asof = buildAsof();
  shop = createShop();
});
afterAll(() => {
  asof.remove();
  shop.remove();
});

/** Rows of a user that could first be used at or after a moment. */
const rowsSince = (user: string, tick: string): number =>
  readFileSync(join(shop.folder, "purchases.csv"), "utf8")
    .split("\n")
    .map((line) => line.split(","))
    .filter(([id, , at = "", loaded = ""]) => id === user && Math.max(Date.parse(at), Date.parse(loaded)) >= Date.parse(tick)).length;

describe("a project, from definition to proof", () => {
  test("plan says the same before, and writes nothing", () => {
    const { changed, changes } = done("plan", "--json").json();
    expect(changed).toBe(true);
    expect(changes).toMatchObject([
      { view: "spending", change: "new", before: null, recompute: { kind: "every", since: null, ticks: 1 } },
      { view: "shops", change: "new" },
    ]);
    expect(done("plan").out).toMatch(
      /^\+ spending {2}[0-9a-f]{16} {2}new\n {4}its values come with the next: asof materialize spending, which computes \S+Z$/m,
    );
    expect(existsSync(join(shop.folder, ".asof"))).toBe(false);
  });

  test("apply registers, and says what is new, then that nothing changed", () => {
    expect(done("apply", "--json").json()["changes"]).toMatchObject([
      { view: "spending", change: "new", before: null },
      { view: "shops", change: "new" },
    ]);
    expect(done("apply").out).toMatch(/^ {2}spending {2}[0-9a-f]{16} {2}as it was$/m);
    expect(done("plan", "--json").json()).toMatchObject({ changed: false, revision: 1 });
  });

  test("training gives one row per label, whatever its key", () => {
    const { rows, columns } = done("training", "checkout", "--labels", "churn", "--out", "training", "--json").json();
    expect(rows).toBe(60);
    expect((columns as { name: string }[]).map(({ name }) => name)).toEqual(expect.arrayContaining(["label_time", "churned", "n_1d", "takings"]));
    expect(readdirSync(join(shop.folder, "training")).toSorted()).toEqual(["data.parquet", "manifest.json"]);
  });

  test("before the first run a value is UNAVAILABLE, or its default", () => {
    const { values, status } = done("get", "checkout", "user_id=u1", `shop_id=${SHOP}`, "amount=3", "--json").json();
    expect(values).toMatchObject({ n_1d: null, spend_7d: 0 });
    expect(status).toMatchObject({ n_1d: "UNAVAILABLE", spend_7d: "UNAVAILABLE" });
  });

  test("materialize publishes a past tick, then a newer one; a backfill replaces nothing", () => {
    expect(done("materialize", "--at", shop.before, "--json").json()["views"]).toMatchObject([
      { view: "spending", runs: [{ kind: "published", run: 1, entities: USERS, written: USERS }] },
      { view: "shops", runs: [{ entities: 1 }] },
    ]);
    const { err } = done("materialize", "--at", shop.tick, "--progress");
    expect(err).toMatch(/view spending, tick .* 100% {2}1 of 1 ticks/);
    const from = new Date(Date.parse(shop.before) - 3 * 3_600_000).toISOString();
    const backfill = done("materialize", "spending", "--backfill", "--from", from, "--to", shop.before, "--json").json();
    expect((backfill["views"] as { runs: unknown[] }[])[0]?.runs).toHaveLength(4);
    expect(done("get", "checkout", "user_id=u1", `shop_id=${SHOP}`, "amount=3", "--json").json()["asOf"]).toMatchObject({
      n_1d: shop.tick.replace(".000Z", "Z"),
    });
  });

  test("get answers as a table, and exactly in JSON", () => {
    const table = done("get", "checkout", "user_id=u1", `shop_id=${SHOP}`, "amount=3").out;
    expect(table).toMatch(/last_kind +"b" +PRESENT/);
    const { values, status } = done("get", "checkout", "user_id=nobody", `shop_id=${SHOP}`, "amount=3", "note=x=y", "--json").json();
    expect(values).toMatchObject({ n_7d: 0, spend_7d: 0, last_kind: null });
    expect(status).toMatchObject({ n_7d: "NOT_FOUND", takings: "PRESENT" });
    expect((values as { takings: unknown }).takings).toMatch(/^\d+$/);
  });

  test("rollback answers with the run before", () => {
    expect(done("rollback", "spending", "--json").json()).toMatchObject({ view: "spending", run: 1 });
    const { asOf } = done("get", "checkout", "user_id=u1", `shop_id=${SHOP}`, "amount=3", "--json").json();
    expect(asOf).toMatchObject({ n_1d: shop.before.replace(".000Z", "Z"), takings: shop.tick.replace(".000Z", "Z") });
  });

  test("verify proves what was served, and shows the lag", () => {
    const found = done("verify", "--json").json();
    expect(found).toMatchObject({ requests: 5, compared: 35, different: 0, missing: 0, lost: 0, torn: 0, skipped: 0, examples: [] });
    expect(found["notNull"]).toBeGreaterThan(20);
    const [spending] = found["views"] as { lag: { requests: number; max: number; rowsBehind: number } }[];
    expect(spending?.lag).toMatchObject({ requests: 4 });
    expect(spending?.lag.max).toBeGreaterThan(24 * 3600 * 1e6);
    expect(spending?.lag.rowsBehind).toBe(2 * rowsSince("u1", shop.tick) + rowsSince("u1", shop.before));
    expect(rowsSince("u1", shop.before)).toBeGreaterThan(3);
    expect(done("verify").out).toMatch(/5 requests, 35 values compared \([\d.]+% not null\): all equal/);
  });

  test("another definition is another version: apply says what changed, verify does not compare what it cannot", () => {
    const config = join(shop.folder, "other.config.ts");
    writeFileSync(config, readFileSync(join(shop.folder, "asof.config.ts"), "utf8").replace('maxAge: "30d"', 'maxAge: "31d"'));
    const found = run("verify", "--config", config, "--json");
    expect(found.json()).toMatchObject({ different: 0, skipped: 5 });
    expect(found.out).toMatch(/view spending was served under version [0-9a-f]{16}, the code has [0-9a-f]{16}: not compared/);
    const planned = done("plan", "--config", config);
    expect(planned.out).toMatch(/^~ spending .* maxAge: 30d -> 31d/m);
    expect(planned.out).toMatch(/a backfill from \S+Z on covers \d+ ticks$/m);
    expect(planned.out).toMatch(/until then version [0-9a-f]{16} stays as it is/);
    expect(done("apply", "--config", config).out).toBe(planned.out);
    expect(done("plan", "--config", config, "--json").json()).toMatchObject({ changed: false, revision: 2 });
  });

  test("apply --prevent-destroy refuses what would be gone, by name, and writes nothing", () => {
    const config = join(shop.folder, "fewer.config.ts");
    writeFileSync(config, readFileSync(join(shop.folder, "asof.config.ts"), "utf8").replace(/ *mean_7d: .*\n/, ""));
    const refused = run("apply", "--prevent-destroy", "--config", config);
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/REGISTRY_PREVENTED.*view spending, feature mean_7d/s)]);
    expect(done("plan", "--json", "--config", config).json()).toMatchObject({ revision: 2, changed: true });
    expect(done("apply", "--config", config).out).toMatch(/feature mean_7d removed/);
  });
});

describe("help", () => {
  test("starts at once", () => {
    const times = Array.from({ length: 5 }, () => {
      const began = performance.now();
      done("--help");
      return performance.now() - began;
    });
    console.log(`asof --help: ${times.map(Math.round).join(", ")} ms`);
    expect(Math.min(...times)).toBeLessThan(1000);
  });

  test.each(["plan", "apply", "training", "materialize", "rollback", "serve", "get", "verify"])("of %s has an example and the options of all", (command) => {
    const { out } = done(command, "--help");
    expect(out).toMatch(/Examples?:\n {2}asof /);
    expect(out).toMatch(/--json/);
  });

  test("prints the version", () => {
    expect(done("--version").out).toBe(`${(JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version}\n`);
    expect(existsSync(join(shop.folder, "node_modules"))).toBe(false);
  });
});
