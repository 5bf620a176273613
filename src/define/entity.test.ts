// Entities: keys that identify, columns that hold them, and what cannot be a key.
import { describe, expect, test } from "vitest";
import { entity } from "./entity.ts";
import { t } from "../schema/value-type.ts";

const route = entity("route", { origin: t.string(), number: t.int64() });

describe("an entity", () => {
  test("keeps its keys in order, each in the column of its name", () => {
    expect(route.keys).toEqual([
      { name: "origin", kind: "string", column: "origin" },
      { name: "number", kind: "int64", column: "number" },
    ]);
  });

  test("takes other columns for the same keys, and leaves the first as it was", () => {
    expect(route.columns({ origin: "from" }).keys.map(({ column }) => column)).toEqual(["from", "number"]);
    expect(route.keys.map(({ column }) => column)).toEqual(["origin", "number"]);
  });
});

describe("an entity is refused", () => {
  test.each([
    ["without a key", {}, "entity e: it has no key. Name at least one: { user_id: t.string() }."],
    [
      "with a key that may be null",
      { id: t.string().nullable() },
      "entity e: key 'id' is t.string().nullable(). Keys are t.string(), t.int32() or t.int64(), never nullable.",
    ],
    ["with a key of doubles", { id: t.float64() }, "entity e: key 'id' is t.float64()."],
    ["with a key of times", { id: t.timestamp() }, "entity e: key 'id' is t.timestamp()."],
    ["with a key of truth values", { id: t.boolean() }, "entity e: key 'id' is t.boolean()."],
    ["with a key whose name sets a prototype", { id: t.string(), __proto__: t.string() }, '"__proto__" cannot be the name of a key of entity e.'],
    ["with a key named constructor", { constructor: t.string() }, '"constructor" cannot be the name of a key of entity e.'],
    ["with a key named by a space", { "user id": t.string() }, '"user id" cannot be the name of a key of entity e.'],
    ["with a key of 129 letters", { ["x".repeat(129)]: t.string() }, "cannot be the name of a key of entity e."],
  ])("%s", (_, keys, message) => {
    expect(() => entity("e", keys)).toThrow(message);
  });

  test("when it names columns of keys that it does not have", () => {
    const columns = route.columns as (names: Readonly<Record<string, string>>) => unknown;
    expect(() => columns({ orign: "from" })).toThrow("entity route.columns: there is no key 'orign'. Did you mean 'origin'.");
    expect(() => columns({ toString: "from" })).toThrow("entity route.columns: there is no key 'toString'.");
    expect(() => columns({ origin: "" })).toThrow('entity route.columns: "" cannot be the name of a column.');
  });
});
