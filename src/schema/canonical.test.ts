// The canonical encoding: bytes compare as values do, equal values have equal bytes, different ones never.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, compareKeys, compareText } from "./canonical.ts";
import { collectionKinds, exact, valuesOf } from "../../test/values.ts";
import { timestampOf } from "../time.ts";
import type { FeatureMap, FeatureValue, ListKind, MapKind, Scalar, ScalarKind, Value, ValueKind } from "./value-type.ts";

const double = fc.double({ noNaN: true }).map((x) => x + 0);
const text = fc.string({ unit: "binary", maxLength: 20 });
const bits = (n: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: -(1n << (n - 1n)), max: (1n << (n - 1n)) - 1n });

/** Values of each kind and the order that their bytes must have. */
const KINDS: readonly (readonly [ScalarKind, fc.Arbitrary<Value>, (a: never, b: never) => number])[] = [
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

/** How values of a kind compare, told without bytes: item by item, entry by entry, null first, a beginning before what goes on. */
function compareValues(a: FeatureValue, b: FeatureValue, kind: ValueKind): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof kind === "string") {
    const number = (value: Scalar): Scalar => (kind === "timestamp" ? (value as { readonly micros: bigint }).micros : value);
    return Math.sign(compareKeys(number(a as Scalar), number(b as Scalar)));
  }
  const parts = "list" in kind ? (list: FeatureValue) => list as readonly Scalar[] : (map: FeatureValue) => [...(map as FeatureMap)].flat(1);
  const kinds = "list" in kind ? [kind.list] : [kind.map, kind.of];
  const [of, than] = [parts(a) as readonly FeatureValue[], parts(b) as readonly FeatureValue[]];
  for (let i = 0; i < Math.min(of.length, than.length); i++) {
    const order = compareValues(of[i] as FeatureValue, than[i] as FeatureValue, kinds[i % kinds.length] as ValueKind);
    if (order !== 0) return order;
  }
  return Math.sign(of.length - than.length);
}

describe("lists and maps", () => {
  const pairs = collectionKinds.chain((kind) => fc.tuple(fc.constant(kind), valuesOf(kind), valuesOf(kind), valuesOf("string"), valuesOf("string")));

  test("bytes compare as values do, item by item and entry by entry, and do not run into the next", () => {
    const property = fc.property(pairs, ([kind, a, b, before, after]) => {
      const encoded = [a, b].map((value) => canonical([value], [kind])) as [Buffer, Buffer];
      expect(Math.sign(Buffer.compare(...encoded))).toBe(compareValues(a, b, kind));
      expect(encoded[0].equals(encoded[1])).toBe(exact(a) === exact(b));
      const followed = [before, after].map((text) => canonical([a, text], [kind, "string"])) as [Buffer, Buffer];
      expect(Math.sign(Buffer.compare(...followed))).toBe(compareValues(before, after, "string"));
    });
    fc.assert(property, { numRuns: 3000 });
  });

  test("a map has the bytes of its entries, whatever order it has them in", () => {
    const kind: MapKind = { map: "int64", of: { list: "string" } };
    const entries = [3n, -1n, 2n ** 62n].map((key) => [key, [String(key)]] as const);
    const [bytes, ...others] = [entries, entries.toReversed()].map((some) => canonical([new Map(some)], [kind]).toString("hex"));
    expect(others).toEqual([bytes]);
  });

  test("the parts of lists are not joined", () => {
    const kind: ListKind = { list: "string" };
    const lists = [["ab"], ["a", "b"], ["a\0", "b"], ["a", "\0b"], ["", ""], [""], []];
    expect(new Set(lists.map((list) => canonical([list], [kind]).toString("hex"))).size).toBe(lists.length);
    expect(canonical([[], []], [kind, kind])).not.toEqual(canonical([[""], null], [kind, kind]));
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
