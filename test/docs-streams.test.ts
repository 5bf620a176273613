// The code of docs/streams.md, as one file: it compiles, and comes to what its comments say.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { compile } from "./types/compile.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const page = readFileSync(join(root, "docs", "streams.md"), "utf8");
const code = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text).join("\n");
const file = join(root, ".cache", "docs", `streams-${process.pid}.ts`);

describe("the code of docs/streams.md", () => {
  afterAll(() => rmSync(file, { force: true }));

  test("compiles, and a slip in it would not", { timeout: 60_000 }, () => {
    expect(compile("streams", code).errors).toEqual([]);
    expect(compile("streams-slip", code.replace('session_id: "s1" });', 'user_id: "s1" });')).errors).not.toEqual([]);
  });

  test("comes to what its comment says", async () => {
    const told = /store\.online\(.*\/\/ (\{.*\})$/m.exec(code)?.[1] as string;
    const here = (name: string): string => JSON.stringify(pathToFileURL(join(root, "src", name)).href);
    const own = code.replaceAll('"asof/testing"', here("testing.ts")).replaceAll('"asof"', here("index.ts"));
    mkdirSync(join(root, ".cache", "docs"), { recursive: true });
    writeFileSync(file, `${own}\nexport { values };\n`);
    const { values } = (await import(pathToFileURL(file).href)) as { readonly values: object };
    expect(values).toEqual(JSON.parse(told.replaceAll(/(\w+):/g, '"$1":')));
  });
});
