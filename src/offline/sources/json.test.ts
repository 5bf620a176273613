// JSON files: each value must be of the JSON type that its column asks for, and what is not is told with its line.
import { gzipSync } from "node:zlib";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Batches } from "../../../test/sources/batches.ts";
import { json, type BatchSource } from "../../define/source.ts";
import { t, type Schema } from "../../schema/value-type.ts";

let batches: Batches;
beforeAll(async () => {
  batches = await Batches.open();
});
afterAll(() => batches.close());

async function jsonOf(name: string, text: string): Promise<BatchSource> {
  await batches.text(name, text);
  return json(name);
}

const schema = { id: t.int64(), at: t.timestamp(), x: t.float64(), n: t.int32(), ok: t.boolean(), s: t.string() };

describe("values", () => {
  const text = `{"id":"9007199254740993","at":"2001-06-01T12:00:00.1234569+02:00","x":-0,"n":3,"ok":true,"s":"a\\u0000\\"\\ud83d\\ude00"}
{"s":"","x":1e300,"id":-9007199254740991,"n":-2147483648,"ok":false,"at":"1969-12-31T23:59Z","more":[1,{}]}
{"id":null,"at":null,"x":NaN,"n":2.0,"ok":null,"s":null}

{"x":12345678901234567890123456789012345678901234567890}
`;
  const values = [
    [9007199254740993n, "2001-06-01T10:00:00.123456Z", 0, 3, true, 'a\0"\u{1F600}'],
    [-9007199254740991n, "1969-12-31T23:59:00Z", 1e300, -(2 ** 31), false, ""],
    [null, null, null, 2, null, null],
    [null, null, 1.2345678901234567e49, null, null, null],
  ];

  test("one object a line", async () => {
    const read = await batches.read(await jsonOf("plain.ndjson", text), schema);
    expect(read).toEqual(values);
    expect(Object.is(read[0]?.[2], -0)).toBe(false);
  });

  test("one array of objects", async () => {
    expect(await batches.read(await jsonOf("array.json", `\uFEFF \n[${text.trim().replaceAll(/\n+/g, ",\n")}]`), schema)).toEqual(values);
  });

  test("compressed lines", async () => {
    await writeFile(join(batches.root, "plain.ndjson.gz"), gzipSync(text));
    expect(await batches.read(json("plain.ndjson.gz"), schema)).toEqual(values);
  });

  test("files of a glob, in order of their paths, whatever their format", async () => {
    await jsonOf("many/b.json", '[{"s":"b"}]');
    await jsonOf("many/a.json", '{"s":"a"}\n{"s":"a2"}');
    expect(await batches.read(json("many/*.json"), { s: t.string() })).toEqual([["a"], ["a2"], ["b"]]);
  });

  test("an empty file and an empty array have no rows", async () => {
    expect(await batches.read(await jsonOf("empty.ndjson", ""), schema)).toEqual([]);
    expect(await batches.read(await jsonOf("empty.json", "[]"), schema)).toEqual([]);
  });

  test("any name of a field", async () => {
    const names = ["a/b", "a~1b", "$.a", "", '"', "'", "0", "constructor"];
    const wanted = Object.fromEntries(names.map((name) => [name, t.int32()]));
    const source = await jsonOf("names.ndjson", JSON.stringify(Object.fromEntries(names.map((name, i) => [name, i]))));
    expect(await batches.read(source, wanted)).toEqual([Object.keys(wanted).map((name) => names.indexOf(name))]);
  });

  test("infinities are null, and kept to be counted", async () => {
    expect(await batches.read(await jsonOf("infinite.ndjson", '{"x":1e999}\n{"x":-Infinity}'), { x: t.float64() })).toEqual([[null], [null]]);
  });
});

describe("a value of another type refuses the file, with its line", () => {
  test.each([
    ["text for a number", t.float64(), '"1"', /'v' is t\.float64\(\), but holds "1"\. Write a number, such as 12\.5, or null/],
    ["text for a whole number", t.int32(), '"1"', /holds "1"/],
    ["a fraction for a whole number", t.int32(), "1.5", /holds 1\.5/],
    ["a whole number out of range", t.int32(), "2147483648", /holds 2147483648/],
    ["an int64 that a double cannot hold", t.int64(), "9007199254740993", /holds 9007199254740993\. Write a whole number within 2\^63 as text/],
    ["the first int64 that a double cannot tell from the next", t.int64(), "9007199254740992", /as text/],
    ["one written with an exponent", t.int64(), "9007199254740993e0", /as text/],
    ["text that is no int64", t.int64(), '"9223372036854775808"', /holds "9223372036854775808"/],
    ["text that is no whole number", t.int64(), '" 1"', /holds " 1"/],
    ["a number for text", t.string(), "1", /holds 1\. Write text/],
    ["a number for a truth", t.boolean(), "1", /holds 1\. Write true or false/],
    ["text for a truth", t.boolean(), '"true"', /holds "true"/],
    ["a number for a time", t.timestamp(), "1700000000", /holds 1700000000\. Write a time in UTC as text/],
    ["a time that is none", t.timestamp(), '"2001-02-30"', /holds "2001-02-30"/],
    ["an object", t.string(), '{"a":1}', /holds \{"a":1\}\. Take its parts in a query: sql\("SELECT v->>'\$\.part'/],
    ["a list", t.int32(), `[${"1,".repeat(99)}1]`, /holds \[1,1,.*\.\.\.\. Take its parts/],
  ] as const)("%s", async (_, type, value, message) => {
    const schemaOfOne: Schema = { v: type };
    const lines = await batches.read(await jsonOf("wrong.ndjson", `{"v":null}\r\n\r\n  {"v":${value}}\r\n`), schemaOfOne).catch((caught: unknown) => caught);
    expect(lines).toMatchObject({ code: "SOURCE_WRONG_VALUE", message: expect.stringMatching(message), where: "source tried, wrong.ndjson, line 3" });
    const row = await batches.read(await jsonOf("wrong.json", `[{"v":null},\n\n\n{"v":${value}}]`), schemaOfOne).catch((caught: unknown) => caught);
    expect(row).toMatchObject({ code: "SOURCE_WRONG_VALUE", where: "source tried, wrong.json, row 2" });
  });

  test("but a time that is none, in a column of times, is lost and nothing else", async () => {
    const source = await jsonOf("times.ndjson", '{"at":"yesterday"}\n{"at":5}\n{"at":"9999-12-31"}\n{"at":"2001-01-01"}');
    expect(await batches.read(source, { at: t.timestamp() }, ["at"])).toEqual([[null], [null], [null], ["2001-01-01T00:00:00Z"]]);
  });

  test("a row that is no object", async () => {
    await expect(batches.read(await jsonOf("five.ndjson", '{"id":1}\n\n5\n'), { id: t.int64() })).rejects.toMatchObject({
      code: "SOURCE_WRONG_VALUE",
      where: "source tried, five.ndjson, line 3",
      what: "a row is a JSON object, but this is 5",
    });
  });
});

describe("files that are wrong", () => {
  test("a field that no row has", async () => {
    await expect(batches.read(await jsonOf("known.ndjson", '{"amount":1}\n{"user_id":"u"}'), { amuont: t.int32() })).rejects.toMatchObject({
      code: "SOURCE_UNKNOWN_COLUMN",
      what: "no row has a field 'amuont'",
      cure: expect.stringContaining("amount"),
    });
  });

  test("no JSON, with its line", async () => {
    await expect(batches.read(await jsonOf("cut.ndjson", '{"id":1}\n\n{"id":2\n'), { id: t.int64() })).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      where: "source tried, cut.ndjson",
      what: expect.stringContaining("in line 3"),
    });
  });

  test("an array that is cut short", async () => {
    await expect(batches.read(await jsonOf("cut.json", '[{"id":1},\n{"id":2}'), { id: t.int64() })).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      where: "source tried, cut.json",
    });
  });

  test("a folder", async () => {
    await expect(batches.read(json("many"), { s: t.string() })).rejects.toMatchObject({ code: "SOURCE_NO_FILE", cure: "Name its files: 'many/*'" });
  });
});
