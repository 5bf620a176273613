// One definition, one version: loaded by jiti as `asof` does, compiled by tsc, stripped by Node, bundled by rolldown, transformed by vite.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";
import { fingerprint } from "../../src/plan/fingerprint.ts";
import { functions } from "./definitions.ts";
import { timestamp } from "../../src/time.ts";

type Functions = typeof functions;
const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../../", import.meta.url));
const FILES = ["definitions.ts", "row-helpers.ts", "numbers.ts"];
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asof-versions-"));
  for (const file of FILES) cpSync(new URL(file, import.meta.url), join(folder, file));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function versions(of: Functions): Record<string, string> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, fingerprint({ value })]));
}

/** Compiles the files into a folder of their own, as the package type says. Node loads them as they are. */
function compiled(type: "module" | "commonjs"): Functions {
  const out = join(folder, type);
  mkdirSync(out);
  const sources = join(folder, `${type}-sources`);
  mkdirSync(sources);
  for (const to of [out, sources]) writeFileSync(join(to, "package.json"), JSON.stringify({ type }));
  for (const file of FILES) cpSync(join(folder, file), join(sources, file));
  symlinkSync(join(root, "node_modules"), join(sources, "node_modules"));
  const compilerOptions = {
    target: "es2023",
    module: "nodenext",
    outDir: out,
    rootDir: sources,
    rewriteRelativeImportExtensions: true,
    types: ["node"],
    strict: true,
  };
  writeFileSync(join(sources, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["definitions.ts"] }));
  execFileSync(join(root, "node_modules", ".bin", "tsc"), ["-p", sources], { stdio: ["ignore", "inherit", "inherit"] });
  return (require(join(out, "definitions.js")) as { functions: Functions }).functions;
}

/** The bundler that vitest brings along. */
async function bundled(): Promise<Functions> {
  const vite = createRequire(createRequire(require.resolve("vitest/package.json")).resolve("vite/package.json"));
  const { rolldown } = (await import(/* @vite-ignore */ vite.resolve("rolldown"))) as {
    rolldown(input: object): Promise<{ write(output: object): Promise<unknown> }>;
  };
  // The file declares names that the bundle has too, so that one of each must be renamed.
  writeFileSync(
    join(folder, "entry.ts"),
    'import { functions as all } from "./definitions.ts";\nconst clamp = 1, launch = 2, settings = 3;\nexport const functions = { ...all };\nexport const others = [clamp, launch, settings];\n',
  );
  const bundle = await rolldown({ input: join(folder, "entry.ts"), platform: "node", logLevel: "silent" });
  const file = join(folder, "bundle.mjs");
  await bundle.write({ file, format: "esm" });
  expect(readFileSync(file, "utf8")).toMatch(/\b(?:clamp|launch|settings)\$1\b/);
  return (require(file) as { functions: Functions }).functions;
}

describe("a version is the same", () => {
  test("for every function but the two that mean the same", () => {
    const all = Object.values(versions(functions));
    expect(new Set(all).size).toBe(all.length - 1);
    expect(versions(functions)["typed"]).toBe(versions(functions)["plain"]);
  });

  test("on every Node: these were made by Node 20", () => {
    const { helper, transitive, mutuallyRecursive, instance, builtin } = versions(functions);
    expect([helper, transitive, mutuallyRecursive, instance, builtin]).toMatchInlineSnapshot(`
      [
        "e25dbbae975d4763",
        "6caab3f631ec80b7",
        "c04d2a098c8ad809",
        "fe0b3aa966761382",
        "498dbe4e5d41c6fa",
      ]
    `);
  });

  test("through jiti", async () => {
    const jiti = createJiti(import.meta.url, { fsCache: false });
    expect(versions((await jiti.import<{ functions: Functions }>(join(folder, "definitions.ts"))).functions)).toEqual(versions(functions));
  });

  test("compiled to modules", () => {
    expect(versions(compiled("module"))).toEqual(versions(functions));
  });

  test("compiled to CommonJS", () => {
    expect(versions(compiled("commonjs"))).toEqual(versions(functions));
  });

  test("bundled, with names that were changed", async () => {
    expect(versions(await bundled())).toEqual(versions(functions));
  });

  test("with its types stripped by Node", ({ skip }) => {
    skip(!("typescript" in process.features), "this Node cannot load TypeScript");
    expect(versions((require(join(folder, "definitions.ts")) as { functions: Functions }).functions)).toEqual(versions(functions));
  });

  test("for asof's own functions, under whatever name the loader hands them out", async () => {
    writeFileSync(
      join(folder, "uses-asof.ts"),
      'import { timestamp as moment } from "asof";\nexport const value = (row) => row.at > moment("2026-01-01").micros;\n',
    );
    const jiti = createJiti(import.meta.url, { fsCache: false, virtualModules: { asof: { timestamp } } });
    const { value } = await jiti.import<{ value: (row: { at: bigint }) => boolean }>(join(folder, "uses-asof.ts"));
    const here = (row: { readonly at: bigint }): boolean => row.at > timestamp("2026-01-01").micros;
    expect(fingerprint({ value })).toBe(fingerprint({ value: here }));
    expect(fingerprint({ value })).toMatchInlineSnapshot(`"bc03c8488227f95b"`); // by its name, not by its text, which the next version may change
  });
});

describe("a version changes with a file far away", () => {
  test.each([
    ["a constant", "numbers.ts", "LIMIT = 3", "LIMIT = 4", ["helper", "transitive", "namespace", "defaultImport", "renamedConstant", "globals"]],
    ["a helper's text", "row-helpers.ts", "? LIMIT : x", "? x : LIMIT", ["helper", "namespace"]],
    ["a table", "numbers.ts", '"odd key": -3', '"odd key": 3', ["transitive"]],
    ["a class", "row-helpers.ts", "unit: number = 100", "unit: number = 1000", ["made"]],
    ["one of two that call each other", "row-helpers.ts", "n !== 0 &&", "n !== 1 &&", ["mutuallyRecursive"]],
    ["an instance", "row-helpers.ts", "new Rate(19)", "new Rate(7)", ["instance"]],
    ["a comment", "row-helpers.ts", "A comment that", "Another comment that", []],
  ])("%s", async (_, file, from, to, changed) => {
    const original = readFileSync(join(folder, file), "utf8");
    expect(original).toContain(from);
    writeFileSync(join(folder, file), original.replace(from, to));
    const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false });
    const after = versions((await jiti.import<{ functions: Functions }>(join(folder, "definitions.ts"))).functions);
    writeFileSync(join(folder, file), original);
    const before = versions(functions);
    expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual(changed);
  });
});
