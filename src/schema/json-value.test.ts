// Values as JSON and as text: nothing is lost, and nothing is taken for what it is not.
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { exact, valueKinds, valuesOf } from "../../test/values.ts";
import { fromJson, fromText, toJson, toJsonText } from "./json-value.ts";
import { timestamp } from "../time.ts";
import type { MapKind } from "./value-type.ts";

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

describe("lists and maps as JSON", () => {
  it("are carried there and back, whatever their keys are, by the text and by the object", () => {
    const cases = valueKinds.chain((kind) => fc.tuple(fc.constant(kind), valuesOf(kind)));
    const property = fc.property(cases, ([kind, value]) => {
      for (const text of [toJsonText(value), JSON.stringify(toJson(value))]) expect(exact(fromJson(JSON.parse(text), kind))).toBe(exact(value));
    });
    fc.assert(property, { numRuns: 2000 });
  });

  const counts: MapKind = { map: "string", of: "int32" };

  it("keep the order of the map's keys in the text, where an object has its own", () => {
    const map = new Map(["10", "9", "__proto__", "a"].map((key, i) => [key, i]));
    expect(toJsonText(map)).toBe('{"10":0,"9":1,"__proto__":2,"a":3}');
    expect(Object.keys(toJson(map) as object)).toEqual(["9", "10", "__proto__", "a"]);
    expect([...(fromJson(JSON.parse('{"a":3,"__proto__":2,"9":1,"10":0}'), counts) as Map<string, number>)]).toEqual([...map]);
  });

  it("leave prototypes alone", () => {
    const json: unknown = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":2}}');
    const map = fromJson(json, { map: "string", of: counts }) as ReadonlyMap<string, ReadonlyMap<string, number>>;
    expect([...map.keys()]).toEqual(["__proto__", "constructor"]);
    const object = toJson(map) as Readonly<Record<string, unknown>>;
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(JSON.stringify(object)).toBe('{"__proto__":{"polluted":1},"constructor":{"prototype":2}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("are refused where they hold something else", () => {
    expect(fromJson([1, null], { list: "int32" })).toBeUndefined();
    expect(fromJson(["1"], { list: "int32" })).toBeUndefined();
    expect(fromJson({ length: 0 }, { list: "int32" })).toBeUndefined();
    expect(fromJson([], counts)).toBeUndefined();
    expect(fromJson("{}", counts)).toBeUndefined();
    expect(fromJson({ a: 1.5 }, counts)).toBeUndefined();
    expect(fromJson({ one: 1 }, { map: "int64", of: "int32" })).toBeUndefined();
    expect(fromJson({ "1": 1, "01": 1 }, { map: "int64", of: "int32" }), "one key in two spellings").toBeUndefined();
    expect(fromJson({ a: null }, counts)).toEqual(new Map([["a", null]]));
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
