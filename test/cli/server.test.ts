// The server over HTTP: the same answers as in process, every way to ask wrongly, and an orderly end.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAsof, type BuiltAsof } from "./built-asof.ts";
import { createShop, SHOP, type Shop } from "./shop.ts";
import { startServer, type RunningServer } from "./server.ts";

let asof: BuiltAsof;
let shop: Shop;
let server: RunningServer;
const input = { user_id: "u1", shop_id: SHOP, amount: 1.5, note: null };
const post = (body: unknown, service = "checkout"): ReturnType<RunningServer["post"]> =>
  server.post(`/v1/features/${service}`, typeof body === "string" ? body : JSON.stringify(body));

beforeAll(async () => {
  asof = buildAsof();
  shop = createShop();
  asof.succeed(shop.folder, "materialize", "--at", shop.tick);
  server = await startServer(asof, shop.folder);
});
afterAll(() => {
  asof.remove();
  shop.remove();
});

describe("state", () => {
  test("it is healthy, and ready once the definitions are applied", async () => {
    expect(await server.get("/health")).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(await server.get("/ready")).toMatchObject({
      status: 503,
      body: { ready: false, problems: [expect.stringMatching(/view spending is not applied: run asof apply/), expect.any(String)] },
    });
    expect(asof.run(shop.folder, "apply")).toMatchObject({ code: 0 });
    expect(await server.get("/ready")).toMatchObject({ status: 200, body: { ready: true, problems: [] } });
  });

  test("it says what there is", async () => {
    expect((await server.get("/v1/services")).body["services"]).toMatchObject([{ name: "checkout" }]);
    expect((await server.get("/v1/services/checkout")).body).toMatchObject({
      keys: [
        { name: "user_id", kind: "string" },
        { name: "shop_id", kind: "int64" },
      ],
      request: [
        { name: "amount", kind: "float64", nullable: false },
        { name: "note", nullable: true },
      ],
      features: expect.arrayContaining([
        expect.objectContaining({ name: "takings", kind: "int128", view: "shops", refresh: "every 1h", maxAge: null }),
      ]) as unknown,
    });
  });
});

test("asof openapi writes the document that the server gives, to stdout or a file", async () => {
  const { body } = await server.get("/openapi.json");
  expect(asof.succeed(shop.folder, "openapi", "--json").json()).toEqual(body);
  expect(asof.succeed(shop.folder, "openapi", "--out", "openapi.json").out).toMatch(/^openapi\.json: \d+ paths\n$/);
  expect(JSON.parse(readFileSync(join(shop.folder, "openapi.json"), "utf8"))).toEqual(body);
  const events = asof.succeed(shop.folder, "openapi", "--ingest", "--json").json();
  expect(Object.keys(events["paths"] as object)).toContain("/v1/streams");
});

describe("answers", () => {
  test("one has the shape of the in-process answer", async () => {
    const { status, body } = await post({ input });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["at", "values", "status", "eventTime", "asOf", "version"]);
    const asOf = shop.tick.replace(".000Z", "Z");
    expect(body).toMatchObject({
      values: { last_kind: "b", takings: expect.stringMatching(/^\d+$/) as string },
      status: { n_7d: "PRESENT" },
      asOf: { n_7d: asOf, newest: asOf },
      eventTime: { n_7d: expect.stringMatching(/Z$/) as string },
      version: { n_7d: expect.stringMatching(/^[0-9a-f]{16}$/) as string },
    });
  });

  test("many come in order, at one T", async () => {
    const { body } = await post({ inputs: [input, { ...input, user_id: "nobody" }, input] });
    const answers = body["answers"] as { at: string; status: { n_7d: string } }[];
    expect(answers.map((answer) => answer.status.n_7d)).toEqual(["PRESENT", "NOT_FOUND", "PRESENT"]);
    expect(new Set(answers.map((answer) => answer.at)).size).toBe(1);
    expect((await post({ inputs: [] })).body).toEqual({ answers: [] });
  });

  test("keys may hold anything, and are bound to what they are", async () => {
    for (const user_id of ["", "\0", "__proto__", "'; DROP TABLE rows; --", "\u{1f600}"]) {
      expect(await post({ input: { ...input, user_id } })).toMatchObject({ status: 200, body: { status: { n_7d: "NOT_FOUND" }, values: { n_7d: 0 } } });
    }
  });
});

describe("refused", () => {
  test.each<[string, unknown, number, string]>([
    ["no JSON", "{", 400, "REQUEST_NOT_JSON"],
    ["an empty body", "", 400, "REQUEST_NOT_JSON"],
    ["neither input nor inputs", {}, 400, "REQUEST_NO_INPUT"],
    ["an unsafe integer", `{"input": {"user_id": "u1", "shop_id": ${SHOP}, "amount": 1, "note": null}}`, 400, "REQUEST_UNSAFE_INTEGER"],
    ["one with a fraction", `{"input": {"user_id": "u1", "shop_id": ${SHOP}.0, "amount": 1, "note": null}}`, 400, "REQUEST_UNSAFE_INTEGER"],
    ["a time of the past", { input, at: "2001-01-01T00:00:00Z" }, 400, "REQUEST_AT_REFUSED"],
    ["a missing key", { input: { amount: 1, shop_id: "1", note: null } }, 400, "REQUEST_MISSING_FIELD"],
    ["a misspelt field", { input: { ...input, usr: 1 } }, 400, "REQUEST_UNKNOWN_FIELD"],
    ["a null key", { input: { ...input, user_id: null } }, 400, "REQUEST_NULL_KEY"],
    ["a long key", { input: { ...input, user_id: "k".repeat(2000) } }, 400, "REQUEST_KEY_TOO_LONG"],
    ["too many inputs", { inputs: Array.from({ length: 101 }, () => input) }, 413, "REQUEST_TOO_MANY"],
    ["a long body", { input: { ...input, note: "x".repeat(20_000) } }, 413, "REQUEST_TOO_LARGE"],
  ])("%s", async (_, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, body: { error: { code, message: expect.any(String) as string, cure: expect.any(String) as string } } });
  });

  test("a service, a route and a method that are not there", async () => {
    expect(await post({ input }, "chekout")).toMatchObject({
      status: 404,
      body: { error: { code: "STORE_UNKNOWN_SERVICE", cure: "Did you mean 'checkout'" } },
    });
    expect(await server.get("/v2")).toMatchObject({ status: 404, body: { error: { code: "REQUEST_UNKNOWN_ROUTE" } } });
    const wrong = await server.get("/v1/features/checkout");
    expect(wrong).toMatchObject({ status: 405, body: { error: { code: "REQUEST_WRONG_METHOD" } } });
    expect(wrong.headers.get("allow")).toBe("POST");
  });

  test("a port that is taken", () => {
    const { code, err } = asof.run(shop.folder, "serve", "--port", new URL(server.url).port);
    expect(err).toMatch(/error SERVE_CANNOT_LISTEN: .*\n {2}at {3}127\.0\.0\.1:\d+\n {2}cure Choose another port/);
    expect(code).toBe(2);
  });
});

test("told to stop, it finishes what is open, and what it answered is in the log", async () => {
  const open = Array.from({ length: 20 }, () => post({ inputs: Array.from({ length: 50 }, () => input) }));
  await Promise.race(open);
  const { code, err } = await server.stop();
  expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^not ready: .*\nnot ready: .*\n$/) as string });
  const answered = (await Promise.allSettled(open)).filter((one) => one.status === "fulfilled" && one.value.status === 200).length;
  expect(answered).toBeGreaterThan(0);
  await expect(post({ input })).rejects.toThrow("fetch failed");
  const proof = asof.run(shop.folder, "verify", "--json");
  expect(proof.json()).toMatchObject({ requests: 1 + 3 + 5 + 50 * answered, different: 0, missing: 0, torn: 0 });
});
