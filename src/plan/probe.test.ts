// Probing: the type of what a row function returns is found, or the definition is refused with the cure.
import { describe, expect, test } from "vitest";
import { kindOf, probeKind } from "./probe.ts";
import { t, type Value } from "../schema/value-type.ts";
import { timestampOf } from "../time.ts";

const schema = { amount: t.float64(), quantity: t.int32(), cents: t.int64(), paid: t.boolean(), at: t.timestamp(), category: t.string().nullable() };
interface Row {
  readonly amount: number;
  readonly quantity: number;
  readonly cents: bigint;
  readonly paid: boolean;
  readonly at: Value;
  readonly category: string | null;
}
const probe = (value: (row: Row) => unknown): unknown => probeKind(value as never, schema, "view v, feature f");

describe("probing finds", () => {
  test.each([
    ["float64", (row: Row) => row.amount * row.quantity],
    ["float64", (row: Row) => row.quantity],
    ["int64", (row: Row) => row.cents * 2n],
    ["boolean", (row: Row) => row.amount > 9],
    ["timestamp", (row: Row) => row.at],
    ["string", (row: Row) => row.category],
    ["string", (row: Row) => (row.category === "books" ? row.category : null)],
    ["string", (row: Row) => (row.quantity === 4711 ? "rare" : null)],
    ["float64", (row: Row) => (row.category === "books" && row.paid ? row.amount : null)],
    ["float64", (row: Row) => row.category?.length ?? 0],
    ["float64", (row: Row) => (row.category as string).length],
  ])("%s of %s", (kind, value) => {
    expect(probe(value)).toBe(kind);
  });
});

describe("probing refuses", () => {
  const cure = "Say what it returns: last((row) => ..., { type: t.string() }).";
  test.each([
    ["what is always null", () => null, `view v, feature f: its function gives null for every sample row, so its type cannot be told. ${cure}`],
    ["what always throws", () => JSON.parse("{"), "gives null for every sample row"],
    ["now this and now that", (row: Row) => (row.paid ? "yes" : 0), `its function gives now a string, now a float64. ${cure}`],
    ["an object", () => ({ a: 1 }), "view v, feature f: its function returns an object. Return text, a number, a bigint, a boolean, a timestamp or null."],
    ["a list", () => [1], "its function returns an object."],
    ["a promise", async () => 1, "its function returns an object."],
    ["a function", () => () => 1, "its function returns a function."],
    ["a symbol", () => Symbol("a"), "its function returns a symbol."],
  ])("%s", (_, value, message) => {
    expect(() => probe(value as (row: Row) => unknown)).toThrow(message);
  });
});

test("the kind of a value is that of its type", () => {
  expect([null, undefined, "", 0, Number.NaN, 0n, false, timestampOf(0)].map((value) => kindOf(value, "f"))).toEqual([
    null,
    null,
    "string",
    "float64",
    "float64",
    "int64",
    "boolean",
    "timestamp",
  ]);
});
