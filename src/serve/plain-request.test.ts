// What is plain: requests that every reader of HTTP reads alike. The rest is told apart, since the lane beside node:http must never guess.
import { expect, test } from "vitest";
import { plainRequest } from "./plain-request.ts";

const read = (text: string, most = 100): ReturnType<typeof plainRequest> => plainRequest(Buffer.from(text, "latin1"), most);
const whole = (line: string, headers: readonly string[], body = ""): string => `${[line, "host: x", ...headers].join("\r\n")}\r\n\r\n${body}`;

test("a plain request is read", () => {
  const given = ["Content-Type:application/json", "CONTENT-LENGTH:  4 ", "x-request-id: a b", "user-agent:", "accept: */*\t, b", "Connection: Keep-Alive"];
  const { body, ...request } = read(whole("POST /v1/a%20b?q=1&r HTTP/1.1", given, "{\xe9}\n")) as NonNullable<ReturnType<typeof read>>;
  expect(request).toEqual({
    method: "POST",
    target: "/v1/a%20b?q=1&r",
    headers: { host: "x", "content-type": "application/json", "content-length": "4", "x-request-id": "a b" },
  });
  expect(body).toEqual(Buffer.from("{\xe9}\n", "latin1"));
  expect(read(whole("GET / HTTP/1.1", []))).toMatchObject({ method: "GET", target: "/", body: Buffer.alloc(0) });
  expect(read(whole("POST / HTTP/1.1", ["content-length: 100"], "z".repeat(100)))).not.toBeNull();
});

test.each<[string, string]>([
  ["nothing", ""],
  ["a head that has not ended", "GET / HTTP/1.1\r\nhost: x\r\n"],
  ["a body that has not come whole", whole("POST / HTTP/1.1", ["content-length: 4"], "abc")],
  ["more than one request", whole("POST / HTTP/1.1", ["content-length: 4"], "abcdG")],
  ["a body without a length", whole("POST / HTTP/1.1", [], "abcd")],
  ["a body of more than is allowed", whole("POST / HTTP/1.1", ["content-length: 101"], "z".repeat(101))],
  ["a length that is signed", whole("POST / HTTP/1.1", ["content-length: +4"], "abcd")],
  ["a length that is a list", whole("POST / HTTP/1.1", ["content-length: 4, 4"], "abcd")],
  ["a length that is empty", whole("GET / HTTP/1.1", ["content-length:"])],
  ["two lengths", whole("POST / HTTP/1.1", ["content-length: 4", "Content-Length: 4"], "abcd")],
  ["two hosts", whole("GET / HTTP/1.1", ["Host: y"])],
  ["no host", "GET / HTTP/1.1\r\naccept: */*\r\n\r\n"],
  ["two traces", whole("GET / HTTP/1.1", ["traceparent: a", "traceparent: b"])],
  ["chunks", whole("POST / HTTP/1.1", ["transfer-encoding: chunked"], "0\r\n\r\n")],
  ["a length and chunks", whole("POST / HTTP/1.1", ["content-length: 5", "Transfer-Encoding: chunked"], "0\r\n\r\n")],
  ["a packed body", whole("POST / HTTP/1.1", ["content-length: 4", "content-encoding: gzip"], "abcd")],
  ["one who waits for a 100", whole("POST / HTTP/1.1", ["content-length: 0", "expect: 100-continue"])],
  ["an upgrade", whole("GET / HTTP/1.1", ["upgrade: websocket", "connection: upgrade"])],
  ["a connection that is to be closed", whole("GET / HTTP/1.1", ["connection: close"])],
  ["a name with a space behind it", whole("POST / HTTP/1.1", ["content-length : 0"])],
  ["a header that is folded", whole("GET / HTTP/1.1", ["accept: a", " b"])],
  ["a header without a colon", whole("GET / HTTP/1.1", ["accept"])],
  ["a bare line feed", whole("GET / HTTP/1.1", ["accept: a\nexpect: 100-continue"])],
  ["a bare carriage return", whole("GET / HTTP/1.1", ["accept: a\rexpect: 100-continue"])],
  ["a byte that is no ASCII", whole("GET / HTTP/1.1", ["accept: \xe9"])],
  ["a byte of 0", whole("GET / HTTP/1.1", ["accept: \0"])],
  ["another method", whole("PUT / HTTP/1.1", [])],
  ["HEAD, whose answer has no body", whole("HEAD / HTTP/1.1", [])],
  ["another version", whole("GET / HTTP/1.0", [])],
  ["a whole address", whole("GET http://x/ HTTP/1.1", [])],
  ["a fragment", whole("GET /a#b HTTP/1.1", [])],
  ["a space in the path", whole("GET /a b HTTP/1.1", [])],
  ["an empty line in front", `\r\n${whole("GET / HTTP/1.1", [])}`],
  ["a long head", whole("GET / HTTP/1.1", [`accept: ${"a".repeat(9000)}`])],
])("not plain: %s", (_, text) => {
  expect(read(text)).toBeNull();
});
