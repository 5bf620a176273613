// Bodies of requests: what is read, and what is refused before a service sees it.
import { describe, expect, it } from "vitest";
import { decodeBody, parseBody } from "./wire.ts";

const read = (text: string, limit = 2): unknown => decodeBody(parseBody(text), limit);

describe("a body", () => {
  it("holds one input", () => {
    expect(read('{"input": {"bank": "b", "account_id": "9007199254740993", "amount": 1.5}}')).toEqual({
      many: false,
      inputs: [{ bank: "b", account_id: "9007199254740993", amount: 1.5 }],
    });
  });

  it("holds many", () => {
    expect(read('{"inputs": [{"bank": "b", "account_id": 7, "amount": 1, "note": "x"}]}')).toEqual({
      many: true,
      inputs: [{ bank: "b", account_id: 7, amount: 1, note: "x" }],
    });
    expect(read('{"inputs": []}')).toEqual({ many: true, inputs: [] });
  });

  it("may hold long digits in texts", () => {
    expect(read('{"input": {"bank": "90071992547409931 \\" 90071992547409931", "account_id": 1, "amount": 0.12345678901234567890}}')).toBeDefined();
  });

  it.each([
    [
      "an unsafe whole number",
      '{"input": {"bank": "b", "account_id": 9007199254740993, "amount": 1}}',
      "REQUEST_UNSAFE_INTEGER",
      /Send it as text: "9007199254740993"/,
    ],
    ["a negative one", '{"input": {"bank": "b", "account_id": -9007199254740993, "amount": 1}}', "REQUEST_UNSAFE_INTEGER", /-9007199254740993/],
    ["no JSON", "{", "REQUEST_NOT_JSON", /no JSON/],
    ["nothing", "", "REQUEST_NOT_JSON", /no JSON/],
    ["a list", "[]", "REQUEST_BAD_VALUE", /no JSON object/],
    ["neither input nor inputs", "{}", "REQUEST_NO_INPUT", /either input or inputs/],
    ["both", '{"input": {}, "inputs": []}', "REQUEST_NO_INPUT", /either/],
    ["a misspelt input", '{"inpt": {}}', "REQUEST_UNKNOWN_FIELD", /Did you mean 'input'/],
    ["a time of its own", '{"input": {}, "at": "2001-01-01T00:00:00Z"}', "REQUEST_AT_REFUSED", /server's clock/],
    ["too many inputs", '{"inputs": [{}, {}, {}]}', "REQUEST_TOO_MANY", /3 inputs are more than the 2/],
  ])("is refused with %s", (_, text, code, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error);
  });
});
