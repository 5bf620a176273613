// The canonical encoding: bytes compare as values do, equal values have equal bytes, different ones never.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, compareText } from "./canonical.ts";
import { timestampOf } from "../time.ts";
import type { Value, ValueKind } from "./value-type.ts";

const double = fc.double({ noNaN: true }).map((x) => x + 0);
const text = fc.string({ unit: "binary", maxLength: 20 });
const bits = (n: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: -(1n << (n - 1n)), max: (1n << (n - 1n)) - 1n });

/** Values of each kind and the order that their bytes must have. */
const KINDS: readonly (readonly [ValueKind, fc.Arbitrary<Value>, (a: never, b: never) => number])[] = [
  ["float64", double, (a: number, b: number) => a - b || (a < b ? -1 : a > b ? 1 : 0)],
  ["int32", fc.integer(), (a: number, b: number) => a - b],
  ["int64", bits(64n), (a: bigint, b: bigint) => Number(a > b) - Number(a < b)],
  ["int128", bits(128n), (a: bigint, b: bigint) => Number(a > b) - Number(a < b)],
  ["boolean", fc.boolean(), (a: boolean, b: boolean) => Number(a) - Number(b)],
  ["string", text, (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))],
];

describe("canonical", () => {
  test.each(KINDS)("%s: bytes compare as values do, null first", (kind, values, compare) => {
    const nullable = fc.option(values, { freq: 10 });
    const property = fc.property(nullable, nullable, (a, b) => {
      const expected = a === null || b === null ? Number(a !== null) - Number(b !== null) : Math.sign(compare(a as never, b as never));
      return Buffer.compare(canonical([a], [kind]), canonical([b], [kind])) === expected;
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test("tuples compare value by value, so that no text runs into the next", () => {
    const tuple = fc.tuple(text, text);
    const property = fc.property(tuple, tuple, (a, b) => {
      const first = Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]));
      const expected = first === 0 ? Buffer.compare(Buffer.from(a[1]), Buffer.from(b[1])) : first;
      return Buffer.compare(canonical(a, ["string", "string"]), canonical(b, ["string", "string"])) === expected;
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test.each([
    [
      ["a\0", "b"],
      ["a", "\0b"],
    ],
    [
      ["\0", ""],
      ["", "\0"],
    ],
    [
      ["a", null],
      ["a", ""],
    ],
  ])("%j and %j differ", (a, b) => {
    expect(canonical(a, ["string", "string"])).not.toEqual(canonical(b, ["string", "string"]));
  });

  test("NaN is null, -0 is 0, a missing value is null", () => {
    expect(canonical([Number.NaN], ["float64"])).toEqual(canonical([null], ["float64"]));
    expect(canonical([-0], ["float64"])).toEqual(canonical([0], ["float64"]));
    expect(canonical([], ["string"])).toEqual(Buffer.of(0));
  });

  test("a time is the same as a Timestamp and as microseconds", () => {
    expect(canonical([timestampOf(-5)], ["timestamp"])).toEqual(canonical([-5], ["timestamp"]));
  });

  test("doubles at their extremes keep their order", () => {
    const ascending = [-Infinity, -Number.MAX_VALUE, -1, -Number.MIN_VALUE, 0, Number.MIN_VALUE, 1, Number.MAX_VALUE, Infinity];
    const encoded = ascending.map((x) => canonical([x], ["float64"]));
    expect(encoded.toSorted(Buffer.compare)).toEqual(encoded);
  });
});

describe("compareText", () => {
  test("orders as UTF-8 bytes do, where UTF-16 does not", () => {
    expect(compareText("\uff5e", "\u{1f600}")).toBeLessThan(0);
    expect(["\uff5e", "\u{1f600}"].toSorted()).toEqual(["\u{1f600}", "\uff5e"]);
    const property = fc.property(text, text, (a, b) => Math.sign(compareText(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b)));
    fc.assert(property, { numRuns: 2000 });
  });
});
