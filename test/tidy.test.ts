// The nevers of the architecture and the conventions, held over the source text; each rule is shown to catch its breach.
import { describe, expect, test } from "vitest";
import { docstrings, exactMath, lengths, noClock } from "./tidy/code-rules.ts";
import { nobodyImportsTheShell, noCycles, oneFilePerPackage, pureAreas, wingsApart } from "./tidy/import-rules.ts";
import { filesUnder, sourceFile, type SourceFile } from "./tidy/source-file.ts";
import { fileNames, noMachinePaths, noMocks, nothingUnfinished, openings, words, type TextFile } from "./tidy/text-rules.ts";

const isTest = (path: string): boolean => /\.test(-d)?\.ts$/.test(path);
const code = filesUnder(["src", "test", "examples", "bench", "scripts", "templates"], [".ts", ".mjs"]);
const documents = filesUnder(["docs", "examples", "templates"], [".md"]).concat(
  filesUnder(["."], [".md", ".json"]).filter(({ path }) => !path.includes("/") && path !== "package-lock.json"),
);
const sources = code.filter(({ path }) => path.startsWith("src/") && !isTest(path)).map(({ path, text }) => sourceFile(path, text));
const everything = [...code, ...documents].filter(({ path }) => !path.startsWith("test/tidy"));

/** Text that breaks a rule, by the path that it pretends to have. */
type Planted = Readonly<Record<string, string>>;

const sourceRules: readonly (readonly [string, (files: readonly SourceFile[]) => string[], Planted])[] = [
  ["offline never imports online", wingsApart, { "src/offline/a.ts": 'import type { B } from "../online/b.ts";' }],
  ["online never imports offline", wingsApart, { "src/online/stores/a.ts": 'const b = await import("../../offline/b.ts");' }],
  ["the pure areas import no file system", pureAreas, { "src/plan/a.ts": 'import { readFileSync } from "node:fs";' }],
  ["the pure areas import no client", pureAreas, { "src/kernel/a.ts": 'import { open } from "lmdb";' }],
  ["only one file hashes", pureAreas, { "src/define/a.ts": 'import { createHash } from "node:crypto";' }],
  ["only one file looks into functions", pureAreas, { "src/plan/closure/closure.ts": 'import { Session } from "node:inspector";' }],
  ["only one file parses", pureAreas, { "src/plan/closure/captured.ts": 'import { parse } from "acorn";' }],
  ["the pure areas import no wing", pureAreas, { "src/define/a.ts": 'import { b } from "../online/b.ts";' }],
  ["the pure areas read no environment", pureAreas, { "src/kernel/a.ts": "const x = process.env.X;" }],
  ["a package is imported in one file", oneFilePerPackage, { "src/a.ts": 'import "@duckdb/node-api";', "src/b.ts": 'import("@duckdb/node-api/lib");' }],
  ["nobody imports cli", nobodyImportsTheShell, { "src/feature-store.ts": 'export { main } from "./cli/main.ts";' }],
  ["nobody imports serve", nobodyImportsTheShell, { "src/monitor/a.ts": 'import { serve } from "../serve/server.ts";' }],
  ["no import cycle", noCycles, { "src/a.ts": 'import "./b.ts";', "src/b.ts": 'export * from "./c.ts";', "src/c.ts": 'import { a, type A } from "./a.ts";' }],
  ["no Date.now", noClock, { "src/online/a.ts": "const x = Date.now();" }],
  ["no new Date()", noClock, { "src/online/a.ts": "const x = new Date();" }],
  ["no performance.now", noClock, { "src/online/a.ts": 'const x = performance["now"]();' }],
  ["no Math.random", noClock, { "src/kernel/a.ts": "const x = [1].map(Math.random);" }],
  ["no powers in the kernel", exactMath, { "src/kernel/a.ts": "export const f = (x: number): number => x ** 2;" }],
  ["no Math.pow in aggregates", exactMath, { "src/aggregate/a.ts": "const { x } = { x: Math.pow(2, 0.5) };" }],
  ["no logarithm in aggregates", exactMath, { "src/aggregate/a.ts": "const x = Math.log2(8);" }],
  ["no sumPrecise in aggregates", exactMath, { "src/aggregate/a.ts": "const x = Math.sumPrecise([1]);" }],
  ["files of 400 lines", lengths, { "src/a.ts": "f();\n".repeat(401) }],
  ["functions of 70 lines", lengths, { "src/a.ts": `export const f = () => {\n${"g();\n".repeat(70)}};` }],
  ["a docstring for each export", docstrings, { "src/index.ts": 'export { a } from "./a.ts";', "src/a.ts": "// a\nexport const a = 1;" }],
];

const textRules: readonly (readonly [string, (files: readonly TextFile[]) => string[], Planted])[] = [
  ["kebab-case", fileNames, { "src/aB.ts": "" }],
  ["no utils", fileNames, { "src/plan/utils.ts": "" }],
  ["no barrels", fileNames, { "src/plan/index.ts": "" }],
  ["a sentence opens each file", openings, { "src/a.ts": "export const a = 1;" }],
  ["no banned word", words, { "docs/a.md": "the spine of it" }],
  ["no second banned word", words, { "src/a.ts": "// sync the rows" }],
  ["nothing for later", nothingUnfinished, { "src/a.ts": "// TODO later" }],
  ["no path of a machine", noMachinePaths, { "README.md": "see `/home/me/x`" }],
  ["no mocks", noMocks, { "src/a.test.ts": 'vi.mock("./store.ts");' }],
];

describe("the tree", () => {
  test("is there to be read", () => {
    expect(sources.length).toBeGreaterThan(20);
  });

  test.each([...new Set(sourceRules.map(([, rule]) => rule))].map((rule) => [rule.name, rule] as const))("keeps %s", (_, rule) => {
    expect(rule(sources)).toEqual([]);
  });

  test.each([...new Set(textRules.map(([, rule]) => rule))].map((rule) => [rule.name, rule] as const))("keeps %s", (_, rule) => {
    expect(rule(everything)).toEqual([]);
  });
});

describe("a breach is caught", () => {
  test.each(sourceRules)("%s", (_, rule, files) => {
    expect(rule(Object.entries(files).map(([path, text]) => sourceFile(path, text)))).not.toEqual([]);
  });

  test.each(textRules)("%s", (_, rule, files) => {
    expect(rule(Object.entries(files).map(([path, text]) => ({ path, text })))).not.toEqual([]);
  });
});

describe("what is allowed passes", () => {
  const passes: readonly (readonly [string, (files: readonly SourceFile[]) => string[], Planted])[] = [
    ["types may form a cycle", noCycles, { "src/a.ts": 'import "./b.ts";', "src/b.ts": 'import type { A } from "./a.ts";' }],
    ["a date of a number", noClock, { "src/a.ts": "const x = new Date(0);" }],
    ["the one clock", noClock, { "src/time.ts": "const x = Date.now();" }],
    ["the facade serves", nobodyImportsTheShell, { "src/feature-store.ts": 'const s = import("./serve/server.ts");' }],
    ["a documented export", docstrings, { "src/index.ts": 'export { a } from "./a.ts";', "src/a.ts": "/** A. */\nexport const a = 1;" }],
  ];
  test.each(passes)("%s", (_, rule, files) => {
    expect(rule(Object.entries(files).map(([path, text]) => sourceFile(path, text)))).toEqual([]);
  });
});
