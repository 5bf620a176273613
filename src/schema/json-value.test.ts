// Values as JSON and as text: nothing is lost, and nothing is taken for what it is not.
import { describe, expect, it } from "vitest";
import { fromJson, fromText, toJson } from "./json-value.ts";
import { timestamp } from "../time.ts";

describe("JSON", () => {
  it("carries every value there and back", () => {
    const values = [
      ["text \0 \u{1f600}", "string"],
      [0.1 + 0.2, "float64"],
      [5e-324, "float64"],
      [Number.MAX_VALUE, "float64"],
      [-(2 ** 31), "int32"],
      [2n ** 63n - 1n, "int64"],
      [-(2n ** 127n), "int128"],
      [false, "boolean"],
      [null, "float64"],
    ] as const;
    for (const [value, kind] of values) expect(fromJson(JSON.parse(JSON.stringify(toJson(value))), kind)).toBe(value);
    expect(String(fromJson(toJson(timestamp("1969-12-31T23:59:59.999999Z")), "timestamp"))).toBe("1969-12-31T23:59:59.999999Z");
  });

  it("holds no value of another type or out of range", () => {
    expect(fromJson("1", "float64")).toBeUndefined();
    expect(fromJson(1.5, "int32")).toBeUndefined();
    expect(fromJson(2 ** 31, "int32")).toBeUndefined();
    expect(fromJson(String(2n ** 63n), "int64")).toBeUndefined();
    expect(fromJson(2 ** 53, "int64")).toBeUndefined();
    expect(fromJson("0x10", "int64")).toBeUndefined();
    expect(fromJson(1, "boolean")).toBeUndefined();
    expect(fromJson("yesterday", "timestamp")).toBeUndefined();
    expect(fromJson({}, "string")).toBeUndefined();
  });

  it("takes small whole numbers for int64, and -0 as 0", () => {
    expect(fromJson(7, "int64")).toBe(7n);
    expect(fromJson(-0, "float64")).toBe(0);
    expect(fromJson(-0, "int32")).toBe(0);
  });
});

describe("text", () => {
  it("spells values by kind", () => {
    expect(fromText("12.5", "float64")).toBe(12.5);
    expect(fromText("12.5", "string")).toBe("12.5");
    expect(fromText("9007199254740993", "int64")).toBe(9007199254740993n);
    expect(fromText("true", "boolean")).toBe(true);
  });

  it("refuses what spells no value", () => {
    for (const [text, kind] of [
      ["", "float64"],
      ["12abc", "float64"],
      ["Infinity", "float64"],
      ["1e999", "float64"],
      ["1.5", "int32"],
      ["yes", "boolean"],
      ["x", "int64"],
    ] as const) {
      expect(fromText(text, kind)).toBeUndefined();
    }
  });
});
