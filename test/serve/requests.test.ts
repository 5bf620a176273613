// Requests as a log tells of them: a line each, with an id and a trace that the caller may choose.
import { afterAll, beforeAll, expect, test } from "vitest";
import { click, INPUT, openProject, type Project } from "./project.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

let project: Project;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

const ask = (headers: Readonly<Record<string, string>>, body: unknown, path = "/v1/features/checkout"): Promise<Response> =>
  fetch(`${project.features.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
/** The line of a request; it is written once the answer has gone out. */
const found = async (id: string | null): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const line = () => project.lines.find(({ requestId }) => requestId === id);
  await expect.poll(line).toBeDefined();
  return line();
};

test("a request has a line with its id, its trace, its service and how it went", async () => {
  const response = await ask({ "x-request-id": "mine-1", traceparent: `00-${TRACE}-${PARENT}-01` }, { input: INPUT });
  expect(response.headers.get("x-request-id")).toBe("mine-1");
  const [, , span] = (response.headers.get("traceresponse") ?? "").split("-");
  expect(response.headers.get("traceresponse")).toBe(`00-${TRACE}-${span}-01`);
  expect(span).not.toBe(PARENT);
  expect(await found("mine-1")).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    pid: process.pid,
    requestId: "mine-1",
    traceId: TRACE,
    spanId: span,
    parentId: PARENT,
    method: "POST",
    route: "/v1/features/{service}",
    service: "checkout",
    status: 200,
    milliseconds: expect.any(Number) as number,
  });
});

test("an id that is not sane, and a trace that is malformed, are made anew", async () => {
  const response = await ask({ "x-request-id": "two words", traceparent: `00-${TRACE}-${PARENT}` }, { input: INPUT });
  const id = response.headers.get("x-request-id");
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  const line = await found(id);
  expect(line?.["traceId"]).toMatch(/^[0-9a-f]{32}$/);
  expect(line?.["traceId"]).not.toBe(TRACE);
  expect(line).not.toHaveProperty("parentId");
});

test.each<[string, string, unknown, number, string]>([
  ["a service", "/v1/features/chekout", { input: INPUT }, 404, "STORE_UNKNOWN_SERVICE"],
  ["a route", "/nowhere", {}, 404, "REQUEST_UNKNOWN_ROUTE"],
  ["an input", "/v1/features/checkout", {}, 400, "REQUEST_NO_INPUT"],
  ["a body that is too long", "/v1/features/checkout", { input: "x".repeat(30_000) }, 413, "REQUEST_TOO_LARGE"],
  ["a path that cannot be read", "/v1/features/%E0%A4%A", {}, 400, "REQUEST_BAD"],
])("an error about %s carries the id, in the answer and in the log", async (name, path, body, status, code) => {
  const id = `wrong-${name.replaceAll(" ", "-")}`;
  const response = await ask({ "x-request-id": id }, body, path);
  expect(response.status).toBe(status);
  expect(response.headers.get("x-request-id")).toBe(id);
  expect(await response.json()).toMatchObject({ error: { code, requestId: id } });
  expect(await found(id)).toMatchObject({ level: "warn", status, code });
});

test("a request for events names its source", async () => {
  const headers = { "x-request-id": "events-1" };
  await fetch(`${project.events.url}/v1/events/clicks`, { method: "POST", headers, body: JSON.stringify(click("1")) });
  expect(await found("events-1")).toMatchObject({ route: "/v1/events/{source}", source: "clicks", status: 200 });
});

test("a request whose sender goes away is told as such", async () => {
  const gone = new AbortController();
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) });
  const asked = fetch(`${project.features.url}/v1/features/checkout`, {
    method: "POST",
    headers: { "x-request-id": "gone-1" },
    body,
    duplex: "half",
    signal: gone.signal,
  });
  setTimeout(() => gone.abort(), 200);
  await expect(asked).rejects.toThrow(/abort/i);
  expect(await found("gone-1")).toMatchObject({ level: "warn", status: 499 });
});

test("by default only what the server failed at has a line, with what went wrong within", async () => {
  const quiet = await openProject({ requests: false });
  try {
    const ask = (id: string): Promise<Response> =>
      fetch(`${quiet.features.url}/v1/features/checkout`, { method: "POST", headers: { "x-request-id": id }, body: JSON.stringify({ input: INPUT }) });
    expect((await ask("fine")).status).toBe(200);
    await fetch(`${quiet.features.url}/nowhere`);
    expect((await fetch(`${quiet.features.url}/ready`)).status).toBe(503);
    quiet.store.answer = () => Promise.reject(new Error("broken within"));
    const response = await ask("broken");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("broken within");
    await expect.poll(() => quiet.lines.length).toBe(1);
    expect(quiet.lines).toMatchObject([
      { level: "error", requestId: "broken", status: 500, code: "INTERNAL", error: expect.stringContaining("broken within") as string },
    ]);
  } finally {
    await quiet.close();
  }
});
