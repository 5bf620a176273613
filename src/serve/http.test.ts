// The HTTP server over sockets: what no client library sends, and how a server ends.
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serveRoutes, type Serving } from "./http.ts";
import type { Exchange } from "./exchange.ts";

let serving: Serving;
let told: Exchange[];
let release: () => void;
beforeEach(async () => {
  told = [];
  const held = new Promise<void>((resolve) => (release = resolve));
  serving = await serveRoutes(
    [
      { method: "POST", path: "/echo/{what}", answer: ({ name, body, query }) => ({ json: { name, body, query } }) },
      {
        method: "GET",
        path: "/held",
        answer: async () => {
          await held;
          return { text: "let go", contentType: "text/plain" };
        },
      },
    ],
    { bodyBytes: 100, timeout: 5_000_000 },
    { port: 0, host: "127.0.0.1", onAnswered: (exchange) => told.push(exchange) },
  );
});
afterEach(async () => {
  release();
  await serving.close();
});

/** A socket, and all that has come over it. */
function opened(): { readonly socket: Socket; readonly heard: () => string; readonly ended: Promise<unknown> } {
  const socket = connect(Number(new URL(serving.url).port), "127.0.0.1").setEncoding("utf8");
  let text = "";
  socket.on("data", (part: string) => (text += part));
  socket.on("error", () => undefined);
  return { socket, heard: () => text, ended: once(socket, "close") };
}

const POST = "POST /echo/a HTTP/1.1\r\nhost: x\r\n";

test.each<[string, string, RegExp]>([
  ["bytes that are no request", "nonsense\r\n\r\n", /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*"code":"REQUEST_BAD","message":"It cannot be read as a request/],
  ["headers without end", `GET /held HTTP/1.1\r\nx: ${"y".repeat(20_000)}`, /^HTTP\/1\.1 431 /],
  ["a length that is no number", `${POST}content-length: ten\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ["more than is allowed, by its length", `${POST}content-length: 1000000000\r\n\r\n`, /^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*REQUEST_TOO_LARGE/i],
  [
    "more than is allowed, in chunks",
    `${POST}transfer-encoding: chunked\r\n\r\n${`40\r\n${"z".repeat(64)}\r\n`.repeat(2)}`,
    /^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*REQUEST_TOO_LARGE/i,
  ],
  ["a body for a route that is not there", "POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{", /^HTTP\/1\.1 404 [\s\S]*connection: close/i],
])("%s: answered, and the connection ends", async (_, bytes, answer) => {
  const { socket, heard, ended } = opened();
  socket.write(bytes);
  await ended;
  expect(heard()).toMatch(answer);
});

test("requests that follow each other on one connection are answered in order", async () => {
  const { socket, heard } = opened();
  const request = (what: string, body: string): string => `POST /echo/${what}?q=1&r HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  socket.write(request("a%20b", "one") + request("c", "") + request("d", "three"));
  await expect.poll(heard).toMatch(/"body":"three"/);
  expect([...heard().matchAll(/^\{.*\}/gm)].map(([json]) => JSON.parse(json) as unknown)).toEqual([
    { name: "a b", body: "one", query: { q: "1", r: "" } },
    { name: "c", body: "", query: { q: "1", r: "" } },
    { name: "d", body: "three", query: { q: "1", r: "" } },
  ]);
  socket.destroy();
});

test("HEAD is answered like GET, without a body", async () => {
  release();
  const response = await fetch(`${serving.url}/held`, { method: "HEAD" });
  expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([200, "6", ""]);
  expect((await fetch(`${serving.url}/held`, { method: "PUT" })).headers.get("allow")).toBe("GET, HEAD");
});

test("once it closes, an open request is answered, its connection and those that are idle end", async () => {
  const idle = opened();
  idle.socket.write(`${POST}content-length: 0\r\n\r\n`);
  await expect.poll(idle.heard).toMatch(/200 OK/);
  const busy = opened();
  busy.socket.write("GET /held HTTP/1.1\r\nhost: x\r\n\r\n");
  await expect.poll(() => told.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = serving.close();
  await idle.ended;
  release();
  await Promise.all([busy.ended, closed]);
  expect(busy.heard()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*connection: close[\s\S]*let go$/i);
  expect(told.map(({ route, status }) => [route, status])).toEqual([
    ["/echo/{what}", 200],
    ["/held", 200],
  ]);
});

test("a port that is taken, and one that is none, are told", async () => {
  const port = Number(new URL(serving.url).port);
  const listen = (at: number): Promise<Serving> => serveRoutes([], { bodyBytes: 1, timeout: 1 }, { port: at, host: "127.0.0.1" });
  await expect(listen(port)).rejects.toMatchObject({ code: "SERVE_CANNOT_LISTEN", where: `127.0.0.1:${port}` });
  await expect(listen(70_000)).rejects.toMatchObject({ code: "SERVE_CANNOT_LISTEN" });
});
