// Connections that ask plainly, against node:http: what comes whole is answered over the bare socket, what comes in pieces is not, and both hear
// the same. The two are told apart by how they spell `date`.
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import fc from "fast-check";
import { runs } from "../../test/property/runs.ts";
import { serveRoutes, type Serving } from "./http.ts";
import type { Exchange } from "./exchange.ts";

const LARGE = "ä".repeat(4_000_000);

let serving: Serving;
let told: Exchange[];
let held: (() => void)[];
beforeEach(async () => {
  told = [];
  held = [];
  serving = await serveRoutes(
    [
      { method: "POST", path: "/echo/{what}", answer: ({ name, body, query, contentType }) => ({ json: { name, body, query, contentType } }) },
      { method: "GET", path: "/large", answer: () => ({ text: LARGE, contentType: "text/plain" }) },
      { method: "GET", path: "/defect", answer: () => Promise.reject(new Error("planted")) },
      { method: "GET", path: "/unsayable", answer: () => ({ json: 1n }) },
      { method: "GET", path: "/held", answer: () => new Promise((resolve) => held.push(() => resolve({ json: { isHeld: true } }))) },
    ],
    { bodyBytes: 1000, timeout: 5_000_000 },
    { port: 0, host: "127.0.0.1", onAnswered: (exchange) => told.push(exchange) },
  );
});
afterEach(() => serving.close());

interface Connection {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly ended: Promise<unknown>;
}

function opened(): Connection {
  const socket = connect(Number(new URL(serving.url).port), "127.0.0.1")
    .setEncoding("utf8")
    .setNoDelay(true);
  let text = "";
  socket.on("data", (part: string) => (text += part));
  socket.on("error", () => undefined);
  return { socket, heard: () => text, ended: once(socket, "close") };
}

const post = (what: string, body: string): string =>
  `POST /echo/${what} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nx-request-id: r1\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** What comes before an answer where it was asked for. */
const GO_ON = "HTTP/1.1 100 Continue\r\n\r\n";

/** What one request is answered with, in pieces if it is cut, until its connection ends or there is a whole answer. */
async function answerTo(bytes: Buffer, cut: number | null): Promise<string> {
  const { socket, heard, ended } = opened();
  socket.write(cut === null ? bytes : bytes.subarray(0, cut));
  if (cut !== null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.write(bytes.subarray(cut));
  }
  const given = (): string => heard().replace(GO_ON, "");
  const isHead = bytes.toString().startsWith("HEAD");
  const isWhole = (): boolean => {
    const [head = "", ...rest] = given().split("\r\n\r\n");
    const length = /content-length: (\d+)/i.exec(head);
    return length !== null && (isHead || Buffer.byteLength(rest.join("\r\n\r\n")) >= Number(length[1]));
  };
  const deadline = Date.now() + 2000;
  while (!isWhole() && !socket.closed && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 1));
  socket.destroy();
  await ended;
  return given();
}

/** What differs by time and by whether a refused body was read: ids, moments, and whether the connection goes on. */
const UNLIKE: readonly string[] = ["date", "traceresponse", "x-request-id", "connection", "keep-alive"];

/** An answer as it is compared: its status, its headers in lower case, its body. */
function comparable(answer: string): readonly unknown[] {
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  const [status, ...headers] = head.split("\r\n");
  const named = headers.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const);
  const kept = named.filter(([name]) => !UNLIKE.includes(name));
  const body = rest.join("\r\n\r\n").replace(/"requestId":"[^"]*"/, "");
  return [status, kept.toSorted(([a], [b]) => (a < b ? -1 : 1)), body];
}

const isPlain = (answer: string): boolean => /^date: /m.test(answer);

test("what comes whole is answered as what comes in pieces is", async () => {
  const line = fc.constantFrom(
    "POST /echo/a%20b?q=1",
    "POST /echo/%ff",
    "GET /defect",
    "GET /unsayable",
    "GET /nowhere?x",
    "POST /held",
    "HEAD /large",
    "PUT /echo/a",
  );
  const header = fc.constantFrom(
    "accept: */*",
    "content-type: text/plain",
    "Content-Type:application/json ",
    "connection: keep-alive",
    "connection: close",
    "content-encoding: gzip",
    "content-encoding: br",
    "expect: 100-continue",
    "content-length: 0",
    "host: y",
    "x-request-id: é",
    "a b: c",
  );
  const body = fc.constantFrom("", "{}", "ä\u{1f600}", "z".repeat(1001));
  const plain = { whole: 0, pieces: 0 };
  await fc.assert(
    fc.asyncProperty(line, fc.array(header, { maxLength: 3 }), body, fc.nat(), async (first, headers, text, place) => {
      const length = text === "" ? [] : [`content-length: ${Buffer.byteLength(text)}`];
      const bytes = Buffer.from(`${[`${first} HTTP/1.1`, "host: x", ...headers, ...length].join("\r\n")}\r\n\r\n${text}`);
      const [whole, pieces] = await Promise.all([answerTo(bytes, null), answerTo(bytes, 1 + (place % (bytes.length - 1)))]);
      expect(comparable(whole)).toEqual(comparable(pieces));
      if (isPlain(whole)) plain.whole++;
      if (isPlain(pieces)) plain.pieces++; // where the kernel put them together again
    }),
    runs(300),
  );
  expect(plain.whole).toBeGreaterThan(30);
  expect(plain.pieces).toBeLessThan(plain.whole / 2);
});

describe("on one connection", () => {
  test("plain requests are answered one after the other, whatever comes behind by node:http, and each is told of once", async () => {
    const { socket, heard } = opened();
    const bodies = (): unknown[] => [...heard().matchAll(/"body":"([^"]*)"/g)].map(([, body]) => body);
    socket.write(post("a", "one"));
    await expect.poll(bodies).toEqual(["one"]);
    socket.write(post("a", "zwö"));
    await expect.poll(bodies).toEqual(["one", "zwö"]);
    expect([...heard().matchAll(/^date: /gim)]).toHaveLength([...heard().matchAll(/^date: /gm)].length);
    socket.write(post("a", "three").slice(0, -2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write("ee");
    await expect.poll(bodies).toEqual(["one", "zwö", "three"]);
    socket.write(post("a", "four"));
    await expect.poll(bodies).toEqual(["one", "zwö", "three", "four"]);
    expect([...heard().matchAll(/^Date: /gm)]).toHaveLength(2);
    expect(told.map(({ id, status }) => [id, status])).toEqual(Array.from({ length: 4 }, () => ["r1", 200]));
    socket.destroy();
  });

  test("what comes while a request is open waits for its answer, and is answered though nothing more comes", async () => {
    const { socket, heard, ended } = opened();
    socket.write("GET /held HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(() => held.length).toBe(1);
    socket.write(post("a", "one"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write(post("b", "two"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard()).toBe("");
    held[0]?.();
    await expect.poll(heard).toMatch(/isHeld[\s\S]*"body":"one"[\s\S]*"body":"two"/);
    socket.destroy();
    await ended;
  });

  test("one who has sent all and waits is answered, and the connection ends", async () => {
    const { socket, heard, ended } = opened();
    socket.end("GET /held HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(() => held.length).toBe(1);
    held[0]?.();
    await ended;
    expect(heard()).toMatch(/isHeld/);
    const silent = opened();
    silent.socket.end();
    await silent.ended;
    expect(told.map(({ status }) => status)).toEqual([200]);
  });

  test("what is answered only after it was given up is not sent behind, and the next request is answered", async () => {
    await serving.close();
    const late = new Promise<{ json: string }>((resolve) => setTimeout(() => resolve({ json: "late" }), 150));
    const routes = [{ method: "GET", path: "/late", answer: () => late }] as const;
    serving = await serveRoutes(routes, { bodyBytes: 1000, timeout: 50_000 }, { port: 0, host: "127.0.0.1" });
    const { socket, heard } = opened();
    socket.write("GET /late HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(heard).toMatch(/^HTTP\/1\.1 503 [\s\S]*REQUEST_TIMED_OUT/);
    await late;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([...heard().matchAll(/HTTP\/1\.1 \d/g)]).toHaveLength(1);
    socket.write("GET /late HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(heard).toMatch(/200 OK[\s\S]*"late"$/);
    socket.destroy();
  });

  test("an answer that cannot be written is a defect", async () => {
    const answer = await answerTo(Buffer.from("GET /unsayable HTTP/1.1\r\nhost: x\r\n\r\n"), null);
    expect(comparable(answer)[0]).toBe("HTTP/1.1 500 Internal Server Error");
    expect(told.map(({ status, defect }) => [status, defect instanceof TypeError])).toEqual([[500, true]]);
  });

  test("one who goes away before the answer is told of as gone, and one who does not take it holds no other up", async () => {
    const gone = opened();
    gone.socket.write("GET /held HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(() => held.length).toBe(1);
    gone.socket.resetAndDestroy();
    await expect.poll(() => told.map(({ status }) => status)).toEqual([499]);
    held[0]?.();
    const slow = opened();
    slow.socket.pause();
    slow.socket.write("GET /large HTTP/1.1\r\nhost: x\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(comparable(await answerTo(Buffer.from(post("a", "b")), null))[0]).toBe("HTTP/1.1 200 OK");
    slow.socket.resume();
    await expect.poll(() => slow.heard().endsWith(LARGE)).toBe(true);
    slow.socket.destroy();
    expect(told.map(({ status }) => status)).toEqual([499, 200, 200]);
  });
});
