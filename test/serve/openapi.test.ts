// The OpenAPI documents: valid, and true of what running servers take and answer.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Validator } from "@seriousme/openapi-schema-validator";
import { checkedBy, type Ask } from "./checked.ts";
import { click, INPUT, openProject, TICK, type Project } from "./project.ts";

let project: Project;
let ask: Ask;
let send: Ask;

beforeAll(async () => {
  project = await openProject();
  await project.store.materialize({ views: ["history"], mode: { kind: "tick", tick: Date.parse(TICK) * 1000 } });
  ask = await checkedBy(project.features.url);
  send = await checkedBy(project.events.url);
});
afterAll(() => project.close());

test.each(["features", "events"] as const)("that of the server of %s is valid OpenAPI 3.1, and tells of each route", async (server) => {
  const url = project[server].url;
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as { readonly paths: Readonly<Record<string, unknown>> };
  const validator = new Validator();
  expect(await validator.validate(document)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  const { error } = (await (await fetch(`${url}/nowhere`)).json()) as { readonly error: { readonly cure: string } };
  const routes = [...error.cure.matchAll(/(?:GET|POST) ([^,]+)/g)].map(([, path = ""]) => path);
  expect(routes.length).toBeGreaterThan(5);
  const paths = Object.keys(document.paths);
  for (const route of routes) expect(paths.some((path) => path === route || new RegExp(`^${route.replace(/\{\w+\}/, "\\w+")}$`).test(path))).toBe(true);
});

describe("a server of features", () => {
  test("answers as its document says, whatever the status of values is", async () => {
    await ask("post", "/v1/features/plain", { input: { user_id: "u1" } });
    const many = { inputs: [INPUT, { ...INPUT, user_id: "nobody", account: null }] };
    const { body } = await ask("post", "/v1/features/checkout", many);
    const [found, nobody] = (body as { answers: { values: Record<string, unknown>; status: Record<string, string> }[] }).answers;
    expect(found?.values).toMatchObject({ cents: "5764607523034234880", kinds: expect.any(Array) as unknown, by_gift: { false: 5 } });
    expect(new Set([...Object.values(found?.status ?? {}), ...Object.values(nobody?.status ?? {})])).toEqual(new Set(["PRESENT", "NULL", "NOT_FOUND"]));
    for (const path of ["/v1/services", "/v1/services/checkout", "/v1/services/plain", "/v1/services/none", "/health", "/ready", "/metrics", "/openapi.json"])
      await ask("get", path);
  });

  test("says how each view is kept fresh", async () => {
    const { body } = await ask("get", "/v1/services/checkout");
    expect((body as { readonly views: unknown }).views).toMatchObject([
      { name: "history", source: "orders", fresh: { by: "schedule", every: "1h", from: "0s", delay: "0s" }, maxAge: "30d" },
      { name: "live", source: "clicks", fresh: { by: "stream", stream: "ingest", delay: "0s" }, maxAge: null },
    ]);
  });

  test.each<[string, unknown, boolean]>([
    ["one input", { input: INPUT }, true],
    ["no inputs", { inputs: [] }, true],
    ["ten inputs", { inputs: Array.from({ length: 10 }, () => INPUT) }, true],
    ["a null where one may be", { input: { ...INPUT, account: null } }, true],
    ["an int64 as a small number", { input: { ...INPUT, account: 7 } }, true],
    ["a time with a zone", { input: { ...INPUT, since: "2026-01-01T00:00:00.5+02:00" } }, true],
    ["eleven inputs", { inputs: Array.from({ length: 11 }, () => INPUT) }, false],
    ["neither", {}, false],
    ["both", { input: INPUT, inputs: [] }, false],
    ["a field more", { input: { ...INPUT, more: 1 } }, false],
    ["a field less", { input: { ...INPUT, price: undefined } }, false],
    ["a time of its own", { input: INPUT, at: "2026-01-01T00:00:00Z" }, false],
    ["a null key", { input: { ...INPUT, user_id: null } }, false],
    ["a null field", { input: { ...INPUT, price: null } }, false],
    ["a number for a text", { input: { ...INPUT, user_id: 7 } }, false],
    ["text for a number", { input: { ...INPUT, price: "7" } }, false],
    ["a whole number past 2^31", { input: { ...INPUT, pieces: 2 ** 31 } }, false],
    ["a fraction for a whole number", { input: { ...INPUT, pieces: 1.5 } }, false],
    ["a word for an int64", { input: { ...INPUT, account: "many" } }, false],
    ["an int64 past 2^53 as a number", { input: { ...INPUT, account: 2 ** 60 } }, false],
    ["a number for a truth", { input: { ...INPUT, many: 1 } }, false],
    ["no time", { input: { ...INPUT, since: "soon" } }, false],
  ])("takes %s as its document says", async (_, body, isTaken) => {
    const { status, isAllowed } = await ask("post", "/v1/features/checkout", body);
    expect({ isTaken: status === 200, isAllowed }).toEqual({ isTaken, isAllowed: isTaken });
  });
});

describe("a server of events", () => {
  test("answers as its document says, whatever becomes of events", async () => {
    const events = "/v1/events/clicks";
    const became = [
      await send("post", events, [click("1"), click("2"), { ...click("3"), pieces: "x" }]),
      await send("post", events, click("1")),
      await send("post", `${events}?wait=visible`, click("1", { kind: "other" })),
      await send("post", events, click("4", { at: "2001-01-01T00:00:00Z" })),
      await send("post", events, [{ user_id: 7 }]),
      await send("post", events, `${JSON.stringify(click("5"))}\n${JSON.stringify(click("6"))}`, "application/x-ndjson"),
      await send("post", events, {}),
    ];
    expect(became.map(({ status }) => status)).toEqual([200, 200, 200, 200, 422, 200, 400]);
    for (const path of ["/v1/streams", "/health", "/ready", "/metrics", "/openapi.json"]) await send("get", path);
  });

  test("answers as its document says when it is closed", async () => {
    const other = await openProject();
    try {
      const sendTo = await checkedBy(other.events.url);
      await (await other.store.stream()).close();
      expect(await sendTo("post", "/v1/events/visits", { user_id: "u1", at: "2026-01-01T00:00:00Z" })).toMatchObject({
        status: 503,
        body: { error: { code: "INGEST_CLOSED" } },
      });
    } finally {
      await other.close().catch(() => undefined);
    }
  });

  test.each<[string, unknown, boolean]>([
    ["an event", click("e1"), true],
    ["events", [click("e2"), click("e3")], true],
    ["a nullable column left out", { ...click("e4"), amount: undefined }, true],
    ["an int64 as a number", click("e5", { cents: 7 }), true],
    ["a delete of an id", { order_id: "e1", at: "2026-11-23T00:00:00Z", gone: true }, true],
    ["a delete without an id", { at: "2026-11-23T00:00:00Z", gone: true }, false],
    ["no delete with as little", { order_id: "e1", at: "2026-11-23T00:00:00Z", gone: false }, false],
    ["a column less", { ...click("e6"), kind: undefined }, false],
    ["a null column", click("e7", { kind: null }), false],
    ["a column more", click("e8", { more: 1 }), false],
    ["text for a number", click("e9", { pieces: "1" }), false],
    ["an int64 as a word", click("e10", { cents: "x" }), false],
    ["no object", 7, false],
  ])("takes %s as its document says", async (_, body, isTaken) => {
    const { status, isAllowed } = await send("post", "/v1/events/clicks", body);
    expect({ isTaken: status === 200, isAllowed }).toEqual({ isTaken, isAllowed: isTaken });
  });
});
