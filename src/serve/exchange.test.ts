// Ids and traces: what a request may bring, and what is told of it.
import { describe, expect, test } from "vitest";
import { logFields, logLevel, requestId, traceOf, traceResponse, type Exchange } from "./exchange.ts";

const ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

describe("a request's id", () => {
  test.each(["abc-123", "a", "x".repeat(128), "Root=1-67891233-abcdef012345678912345678", "7f9c:1/2+3@host.example"])("%s is kept", (given) => {
    expect(requestId(given)).toBe(given);
  });

  test.each([undefined, "", "x".repeat(129), "two words", 'quo"te', "line\nbreak", "é", ["a", "b"]])("%j is replaced", (given) => {
    expect(requestId(given)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(requestId(given)).not.toBe(requestId(given));
  });
});

describe("a trace", () => {
  test.each([
    ["sampled", `00-${ID}-${PARENT}-01`, "01"],
    ["not sampled", `00-${ID}-${PARENT}-00`, "00"],
    ["of a later version, with more behind", `cc-${ID}-${PARENT}-01-what-the-future-holds`, "01"],
  ])("%s, is continued under a span of its own", (_, header, flags) => {
    const trace = traceOf(header);
    expect(trace).toEqual({ id: ID, parent: PARENT, span: expect.stringMatching(/^[0-9a-f]{16}$/) as string, flags });
    expect(trace.span).not.toBe(PARENT);
    expect(traceResponse(trace)).toBe(`00-${ID}-${trace.span}-${flags}`);
  });

  test.each([
    ["none", undefined],
    ["no text", ["a"]],
    ["upper case", `00-${ID.toUpperCase()}-${PARENT}-01`],
    ["a short id", `00-${ID.slice(1)}-${PARENT}-01`],
    ["an id of zeros", `00-${"0".repeat(32)}-${PARENT}-01`],
    ["a parent of zeros", `00-${ID}-${"0".repeat(16)}-01`],
    ["the version ff", `ff-${ID}-${PARENT}-01`],
    ["more behind in version 00", `00-${ID}-${PARENT}-01-more`],
    ["more behind without a dash", `01-${ID}-${PARENT}-01more`],
    ["two headers", `00-${ID}-${PARENT}-01, 00-${ID}-${PARENT}-01`],
  ])("%s, begins anew", (_, header) => {
    const trace = traceOf(header);
    expect(trace).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) as string, parent: null, span: expect.any(String) as string, flags: "00" });
    expect(trace.id).not.toBe(ID);
  });
});

test("a line of the log says who asked for what, and how it went", () => {
  const exchange: Exchange = {
    id: "r1",
    trace: { id: ID, parent: PARENT, span: "00f067aa0ba902b7", flags: "01" },
    method: "POST",
    route: "/v1/features/{service}",
    part: "service",
    name: "checkout",
    status: 200,
    seconds: 0.0012345678,
    code: null,
    defect: undefined,
  };
  const fields = { requestId: "r1", traceId: ID, spanId: "00f067aa0ba902b7", parentId: PARENT, method: "POST", route: "/v1/features/{service}" };
  expect(logFields(exchange)).toEqual({ ...fields, service: "checkout", status: 200, milliseconds: 1.235 });
  const failed: Exchange = { ...exchange, status: 500, code: "INTERNAL", defect: new Error("broken") };
  expect(logFields(failed)).toMatchObject({ code: "INTERNAL", error: expect.stringMatching(/^Error: broken\n +at /) as string });
  const levels = [exchange, { ...exchange, status: 404, code: "X" }, failed, { ...exchange, status: 503 }].map(logLevel);
  expect(levels).toEqual(["info", "warn", "error", "warn"]);
});
