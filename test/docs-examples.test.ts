// Every example of docs/definitions.md compiles, runs and gives the values that the page shows, and every form has one.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Batches } from "./sources/batches.ts";
import { compile } from "./types/compile.ts";
import { COUNTS, missingForms } from "./docs/forms.ts";
import { differences, runPage, unshown, type PageRun } from "./docs/run-page.ts";
import { moduleOf, readPage } from "./docs/page.ts";

const markdown = readFileSync(new URL("../docs/definitions.md", import.meta.url), "utf8");
const page = readPage(markdown);
/** The page with one part of it changed. */
const changed = (part: string, other: string): ReturnType<typeof readPage> => {
  expect(markdown).toContain(part);
  return readPage(markdown.replace(part, other));
};

/** Writes the page's own rows where the page says that they lie. */
async function writeFiles(batches: Batches): Promise<void> {
  const rows = [...page.code.matchAll(/^ {2}\{ order_id: "(o\d)", (.*) \},$/gm)].map(([, id, rest = ""]) => {
    const fields = rest.matchAll(/(\w+): (?:at\((\d), "([\d:]+)"\)|"(\w+)"|(\w[\w.]*))/g);
    const cells = [...fields].map(([, name, day, time, text, bare]) => [
      name,
      day === undefined ? (text ?? bare?.replace(/n$/, "")) : `2026-03-0${day}T${time}:00Z`,
    ]);
    return { order_id: id, ...Object.fromEntries(cells) } as Readonly<Record<string, string>>;
  });
  expect(rows).toHaveLength(7);
  const names = Object.keys(rows[0] as object);
  const lines = rows.map((row) => names.map((name) => (row[name] === "null" ? "NA" : row[name])).join(";"));
  await batches.text("data/sales.csv", `${[names.join(";"), ...lines].join("\n")}\n`);
  await batches.text("data/fees.csv", "shop_id,fee\nnorth,0.5\nsouth,1\n");
  const isBare = (name: string, value: string | undefined): boolean => value === "null" || ["price", "pieces", "cents", "paid"].includes(name);
  const objects = rows.map((row) => `{${names.map((name) => `"${name}": ${isBare(name, row[name]) ? row[name] : `"${row[name]}"`}`).join(", ")}}`);
  await batches.text("data/sales.ndjson", `${objects.join("\n")}\n`);
  const types = { at: "TIMESTAMP", loaded_at: "TIMESTAMP", price: "DOUBLE", pieces: "INTEGER", cents: "BIGINT", paid: "BOOLEAN" };
  const casts = Object.entries(types).map(([name, type]) => `CAST("${name}" AS ${type}) AS "${name}"`);
  const typed = `SELECT * REPLACE (${casts.join(", ")}) FROM read_csv('${batches.root}/data/sales.csv', delim = ';', nullstr = 'NA', all_varchar = true)`;
  await batches.parquet("data/sales/month=03/first.parquet", `${typed} WHERE "at" < '2026-03-07'`);
  await batches.parquet("data/sales/month=03/second.parquet", `${typed} WHERE "at" >= '2026-03-07'`);
  await batches.database("shop.duckdb", `CREATE TABLE made.sales AS ${typed}`);
}

describe("docs/definitions.md", () => {
  let batches: Batches;
  let run: PageRun;
  beforeAll(async () => {
    batches = await Batches.open();
    await writeFiles(batches);
    const before = process.cwd();
    run = await runPage(page, batches.root, { keys: { customer_id: "ann", shop_id: "north" }, at: "2026-03-08T12:00:00Z" }).finally(() =>
      process.chdir(before),
    );
  });
  afterAll(() => batches.close());

  test("compiles", () => {
    expect(compile("definitions", moduleOf(page)).errors).toEqual([]);
  });

  test("gives the values that it shows", () => {
    expect(page.unread).toEqual([]);
    expect(page.values.length).toBeGreaterThan(70);
    expect(page.tables).toHaveLength(3);
    expect(differences(page, run)).toEqual([]);
  });

  test("shows the value of every feature", () => {
    expect(run.features.size).toBeGreaterThan(60);
    expect(unshown(page, run)).toEqual([]);
  });

  test("has an example of every form", () => {
    expect(missingForms(page)).toEqual([]);
    expect(COUNTS.aggregates).toBeGreaterThan(18);
    expect(COUNTS.methods).toBeGreaterThan(11);
    expect(COUNTS.settings).toBeGreaterThan(40);
    expect(COUNTS.exports).toBeGreaterThan(30);
  });

  test("is found out where a value is wrong, in a comment or in a table", () => {
    expect(differences(changed('sales: count().over("7d"), // 4', 'sales: count().over("7d"), // 5'), run)).toEqual([
      expect.stringMatching(/^line \d+: sales is shown as 5 and is 4$/),
    ]);
    expect(differences(changed('| "train" |', '| "test" |'), run)).toHaveLength(1);
    expect(unshown(changed('visit: count().session("1h"), // 2', 'visit: count().session("1h"),'), run)).toEqual(["windows.visit"]);
    expect(changed("await store.close();", "await store.close(); // why").unread).toEqual([expect.stringContaining("await store.close(); // why")]);
  });

  test("is found out where it does not compile, at its line", () => {
    const wrong = changed("sum((s) => s.price * s.pieces)", "sum((s) => s.prize * s.pieces)");
    const { errors } = compile("definitions", moduleOf(wrong));
    const line = 1 + wrong.code.split("\n").findIndex((text) => text.includes("s.prize"));
    expect(errors).toContainEqual({ line, message: expect.stringContaining("Property 'prize' does not exist") as string });
  });

  test.each([
    ["the aggregate stddev(...)", "stddev((s)"],
    [".session(...)", '.session("'],
    ["the setting maxAge", "maxAge:"],
    ["the export json", "batch: json("],
    ["the type t.boolean()", "t.boolean()"],
  ])("is found out where %s has no example", (form, part) => {
    expect(markdown).toContain(part);
    expect(missingForms(readPage(markdown.replaceAll(part, "other(")))).toContain(form);
  });
});
