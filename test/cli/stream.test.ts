// The commands about events, as processes: what is sent in every wrong way, files, dead letters, and two processes that want to take events.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "node:net";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAsof, type BuiltAsof } from "./built-asof.ts";
import { startStream, type Answered, type RunningServer } from "./server.ts";

const config = (late: string): string => `
import { defineConfig, entity, events, featureService, featureView, ingest, streaming, t } from "asof";
const user = entity("user", { user_id: t.string() });
const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp(), n: t.int64().nullable() },
  eventTime: "at", availableAt: { delay: "0s" }, id: "id", late: "${late}", stream: ingest(),
});
const live = featureView("live", { entity: user, source: clicks, refresh: streaming(), features: ({ count }) => ({ clicks: count().lifetime() }) });
export default defineConfig({ services: [featureService("svc", { features: [live] })], ingest: { bodyBytes: 100_000 }, limits: { timeout: "2s" } });
`;

let asof: BuiltAsof;
let folder: string;
let stream: RunningServer;
const click = (id: string, over: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  id,
  user_id: "u1",
  at: new Date().toISOString(),
  n: "1",
  ...over,
});
const send = async (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}, path = "clicks?wait=visible"): Promise<Answered> => {
  const response = await fetch(`${stream.url}/v1/events/${path}`, { method: "POST", body: body as NonNullable<RequestInit["body"]>, headers });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
};
const codeOf = ({ body }: Answered): unknown => (body["error"] as { code: string } | undefined)?.code;
const clicksOf = (user: string): unknown => (asof.succeed(folder, "get", "svc", `user_id=${user}`, "--json").json()["values"] as { clicks: number }).clicks;

beforeAll(async () => {
  asof = buildAsof();
  folder = mkdtempSync(join(tmpdir(), "asof-stream-"));
  writeFileSync(join(folder, "asof.config.ts"), config("1d"));
  asof.succeed(folder, "apply");
  stream = await startStream(asof, folder);
});
afterAll(async () => {
  await stream.stop();
  asof.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe("events over HTTP", () => {
  test("one, a list, one a line, packed: all the same, and seen by whoever asks next", async () => {
    const lines = [click("c"), click("d")].map((one) => JSON.stringify(one)).join("\n");
    expect((await send(JSON.stringify(click("a")))).body).toMatchObject({ accepted: 1, others: [] });
    expect((await send(JSON.stringify([click("b"), click("a", { n: "2" })]))).body).toMatchObject({ accepted: 1, corrected: 1 });
    expect((await send(lines)).body).toMatchObject({ accepted: 2 });
    expect((await send(`${lines}\n\n`, { "content-type": "application/x-ndjson" })).body).toMatchObject({
      duplicate: 2,
      others: [{ event: 1, status: "duplicate" }, { event: 2 }],
    });
    expect((await send(gzipSync(JSON.stringify(click("e"))), { "content-encoding": "gzip" })).body).toMatchObject({ accepted: 1 });
    expect(clicksOf("u1")).toBe(5);
  });

  test.each([
    ["no JSON", "{nope", {}, "clicks", 400, "REQUEST_NOT_JSON"],
    ["a line that is none", '{"id":"x"}\n{nope', { "content-type": "application/x-ndjson" }, "clicks", 400, "REQUEST_NOT_JSON"],
    ["nothing", "  ", {}, "clicks", 400, "REQUEST_NO_EVENTS"],
    ["no event", '"text"', {}, "clicks", 400, "INGEST_NOT_AN_EVENT"],
    ["a wrong type", JSON.stringify(click("x", { user_id: 7 })), {}, "clicks", 400, "INGEST_WRONG_TYPE"],
    ["a number that JSON rounds", '{"id":"x","user_id":"u1","at":"2026-01-01T00:00:00Z","n":9007199254740993}', {}, "clicks", 400, "REQUEST_UNSAFE_INTEGER"],
    ["an unknown source", JSON.stringify(click("x")), {}, "click", 404, "INGEST_UNKNOWN_SOURCE"],
    ["a wait for what there is not", JSON.stringify(click("x")), {}, "clicks?wait=forever", 400, "REQUEST_BAD_VALUE"],
    ["more bytes than are allowed", JSON.stringify(click("x", { user_id: "u".repeat(200_000) })), {}, "clicks", 413, "REQUEST_TOO_LARGE"],
    ["a bomb", gzipSync(Buffer.alloc(50_000_000, 32)), { "content-encoding": "gzip" }, "clicks", 413, "REQUEST_TOO_LARGE"],
    ["rubbish for gzip", "rubbish", { "content-encoding": "gzip" }, "clicks", 400, "REQUEST_NOT_GZIP"],
    ["another packing", "rubbish", { "content-encoding": "br" }, "clicks", 415, "REQUEST_UNKNOWN_ENCODING"],
  ] as const)("%s is refused, and nothing is kept of it", async (_, body, headers, path, status, code) => {
    const before = ((await stream.get("/v1/streams")).body["streams"] as { end: number }[])[0]?.end;
    const answered = await send(body, headers, path);
    expect([answered.status, codeOf(answered)]).toEqual([status, code]);
    expect(((await stream.get("/v1/streams")).body["streams"] as { end: number }[])[0]?.end).toBe(before);
  });

  test("a list of which all are refused is a 422 that says why of each; with one good one it is taken", async () => {
    const wrong = [click("x", { n: 1.5 }), { id: "y" }];
    const refused = await send(JSON.stringify(wrong));
    expect(refused).toMatchObject({
      status: 422,
      body: {
        refused: 2,
        others: [
          { event: 1, code: "INGEST_WRONG_TYPE" },
          { event: 2, code: "INGEST_MISSING_FIELD" },
        ],
      },
    });
    const taken = await send(JSON.stringify([...wrong, click("good", { user_id: "u2" })]));
    expect(taken).toMatchObject({ status: 200, body: { accepted: 1, refused: 2 } });
    expect(clicksOf("u2")).toBe(1);
  });

  test("a body that is cut in the middle, and a sender that never ends, leave nothing; others go on", async () => {
    const { hostname, port } = new URL(stream.url);
    const half = JSON.stringify(click("half", { user_id: "u3" }));
    const open = (length: number): Promise<ReturnType<typeof connect>> =>
      new Promise((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(`POST /v1/events/clicks HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${half}`);
          resolve(socket);
        });
        socket.on("error", () => undefined);
      });
    const [cut, slow] = [await open(half.length + 10), await open(half.length + 1)];
    await sleep(50);
    cut.destroy();
    expect((await send(JSON.stringify(click("other", { user_id: "u3" })))).status).toBe(200);
    const [answer] = (await once(slow, "data")) as [Buffer]; // given up after limits.timeout
    expect(answer.toString()).toMatch(/^HTTP\/1.1 503 [\s\S]*REQUEST_TIMED_OUT/);
    slow.destroy();
    expect(clicksOf("u3")).toBe(1);
  });
});

describe("files", () => {
  test("NDJSON, CSV and Parquet are sent to the process that takes events", () => {
    const at = new Date().toISOString();
    writeFileSync(join(folder, "a.ndjson"), [1, 2, 3].map((i) => JSON.stringify({ id: `f${i}`, user_id: "u4", at })).join("\n"));
    writeFileSync(join(folder, "b.csv"), `id,user_id,at,n\nf3,u4,${at},\nf4,u4,${at},7\nf5,u4,2001-01-01T00:00:00Z,\n`);
    expect(asof.succeed(folder, "ingest", "clicks", "a.ndjson", "--json").json()).toMatchObject({ sent: 3, accepted: 3 });
    expect(asof.succeed(folder, "ingest", "clicks", "b.csv", "--json").json()).toMatchObject({ sent: 3, accepted: 1, duplicate: 1, dead: 1 });
    expect(clicksOf("u4")).toBe(4);
  });

  test.each([
    ["another ending", ["clicks", "asof.config.ts"], 2, "USAGE_UNKNOWN_FORMAT"],
    ["no such file", ["clicks", "none.csv"], 2, "USAGE_NO_FILE"],
    ["no such source", ["click", "b.csv"], 2, "INGEST_UNKNOWN_SOURCE"],
  ])("%s is told", (_, args, code, error) => {
    const ended = asof.run(folder, "ingest", ...args, "--json");
    expect([ended.code, (ended.json()["error"] as { code: string }).code]).toEqual([code, error]);
  });

  test("a line that is no JSON is named; what came before it was sent", () => {
    writeFileSync(join(folder, "c.ndjson"), "{nope\n");
    expect(asof.run(folder, "ingest", "clicks", "c.ndjson").err).toMatch(/INGEST_NOT_JSON[\s\S]*c\.ndjson, line 1/);
  });
});

test("a second process that would take events is refused, and a store that ingests by itself too", () => {
  const second = asof.run(folder, "stream", "--port", "0");
  expect(second.code).toBe(1);
  expect(second.err).toMatch(/INGEST_LOCKED: process \d+ takes events already/);
});

test("dead letters are listed, and count once what was wrong is mended and they are sent again", async () => {
  expect(asof.succeed(folder, "dead-letters", "clicks").out).toMatch(/INGEST_TOO_LATE +it came .* after it happened, more than late: 1d/);
  await stream.stop();
  writeFileSync(join(folder, "asof.config.ts"), config("20000d"));
  asof.succeed(folder, "apply");
  stream = await startStream(asof, folder);
  expect(asof.succeed(folder, "dead-letters", "clicks", "--replay", "--json").json()).toMatchObject({ sent: 1, taken: 1, dead: 0, refused: 0 });
  expect(asof.succeed(folder, "dead-letters", "clicks").out).toContain("no dead letters");
  expect((await send(JSON.stringify(click("last", { user_id: "u9" })))).status).toBe(200);
  expect(clicksOf("u4")).toBe(5);
});
