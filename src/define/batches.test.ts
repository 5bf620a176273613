// Where rows lie, as it is written: frozen data, and what no compiler has refused.
import { describe, expect, test } from "vitest";
import { csv, duckdb, json, rows, sql } from "./source.ts";
import { t } from "../schema/value-type.ts";

test("batches are frozen data", () => {
  const query = sql("SELECT 1", { a: json("a.ndjson"), b: { from: duckdb("b.duckdb", { table: "s.t" }), schema: { x: t.string() } } });
  expect(query).toEqual({
    kind: "sql",
    query: "SELECT 1",
    tables: {
      a: { kind: "json", path: "a.ndjson" },
      b: { from: { kind: "duckdb", path: "b.duckdb", table: "s.t" }, schema: { x: expect.objectContaining({ kind: "string" }) as unknown } },
    },
  });
  expect(Object.isFrozen(query) && query.kind === "sql" && Object.isFrozen(query.tables)).toBe(true);
});

/** What a config that no compiler has read may hold. */
const loose = <T>(value: unknown): T => value as T;

describe("is refused", () => {
  test.each([
    [
      "a misspelt setting of csv",
      () => csv("a.csv", loose({ nulltext: "NA" })),
      { code: "CONFIG_UNKNOWN_FIELD", where: 'csv("a.csv")', cure: "Did you mean 'nullText'" },
    ],
    ["a misspelt setting of duckdb", () => duckdb("a.duckdb", loose({ tables: "a" })), { code: "CONFIG_UNKNOWN_FIELD", cure: "Did you mean 'table'" }],
    ["a duckdb without a table", () => duckdb("a.duckdb", loose({})), { code: "DEFINITION_NO_TABLE" }],
    [
      "a misspelt setting of a table",
      () => sql("SELECT 1", { a: loose({ from: rows([]), shema: {} }) }),
      { code: "CONFIG_UNKNOWN_FIELD", where: "sql(query, tables), table a" },
    ],
    ["a query without tables", () => sql("SELECT 1", {}), { code: "DEFINITION_NO_TABLES" }],
    ["a table with a name that is none", () => sql("SELECT 1", { "a b": rows([]) }), { code: "DEFINITION_BAD_NAME" }],
    ["a table that sets a prototype", () => sql("SELECT 1", { __proto__: rows([]) }), { code: "DEFINITION_BAD_NAME" }],
    ["two tables that SQL does not tell apart", () => sql("SELECT 1", { a: rows([]), A: rows([]) }), { code: "DEFINITION_NAME_TWICE" }],
  ] as const)("%s", (_, make, error) => {
    let caught: unknown;
    try {
      make();
    } catch (thrown) {
      caught = thrown;
    }
    expect(caught).toMatchObject(error);
  });
});
