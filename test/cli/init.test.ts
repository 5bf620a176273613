// A new project: every line of the README that it is given, run in order; and what `asof init` refuses.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAsof, type BuiltAsof } from "./built-asof.ts";
import { freePort, initProject, type LinkedProject } from "./linked-project.ts";
import { script, shell, shellBlocks } from "../shell-session.ts";

let asof: BuiltAsof;
beforeAll(() => {
  asof = buildAsof();
});
afterAll(() => asof.remove());

/** What the session must have printed, by template. */
const PRINTED: Readonly<Record<string, readonly RegExp[]>> = {
  shop: [/"accepted":1,/, /"items_in_session":\["pen"\],"amount_over_usual":\d/, /data.parquet: 200 rows, 9 columns/, /^# pass 1$/m],
  minimal: [/"purchases_30d":\d+,"spend_30d":\d/, /data.parquet: \d{3} rows, 5 columns/, /^# pass 1$/m],
};

describe.each(Object.keys(PRINTED))("the template %s", (template) => {
  let project: LinkedProject;
  beforeAll(() => {
    project = initProject(asof, template);
  });
  afterAll(() => project.remove());

  test("does what its README says, line by line", async () => {
    const [port, streamPort] = [await freePort(), await freePort()];
    const blocks = shellBlocks(readFileSync(join(project.folder, "README.md"), "utf8"));
    expect(blocks[0]).toBe("npm install\n");
    const [start] = shellBlocks(readFileSync(new URL("../../README.md", import.meta.url), "utf8"));
    expect(start, "the project's README begins as ours ends").toBe(`npx asof init my-store\ncd my-store\n${blocks[0] ?? ""}${blocks[1] ?? ""}`);
    const lines = script(blocks.slice(1))
      .replace("npm run dev", `npm run dev -- --port ${port} --stream-port ${streamPort}`) // other tests have a server on 7600
      .replaceAll("localhost:7600", `localhost:${port}`)
      .replaceAll("localhost:7601", `localhost:${streamPort}`);
    const started = performance.now();
    const { status, output } = shell(project.folder, lines, 100_000);
    console.log(`${template}: from init to the last line of its README in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    expect(status, output + (existsSync(join(project.folder, "serve.log")) ? readFileSync(join(project.folder, "serve.log"), "utf8") : "")).toBe(0);
    for (const printed of PRINTED[template] ?? []) expect(output).toMatch(printed);
  });

  test("compiles, and is a package that npm takes", () => {
    const { status, output } = shell(project.folder, "npm run types", 60_000);
    expect(status, output).toBe(0);
    const { name, dependencies } = JSON.parse(readFileSync(join(project.folder, "package.json"), "utf8")) as { name: string; dependencies: unknown };
    expect(name).toBe("it-s-a-tore-1");
    expect(dependencies).toEqual({ asof: (JSON.parse(readFileSync(join(asof.folder, "package.json"), "utf8")) as { version: string }).version });
    expect(readFileSync(join(project.folder, ".gitignore"), "utf8")).toContain("node_modules/");
  });
});

describe("what is refused", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "asof-refused-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a folder that is not empty, or none, and nothing is written", () => {
    writeFileSync(join(folder, "mine.txt"), "mine");
    for (const target of [".", "mine.txt"]) {
      const { code, err } = asof.run(folder, "init", target);
      expect(code).toBe(2);
      expect(err).toMatch(/error INIT_NOT_EMPTY: .*mine.txt/);
    }
    expect(existsSync(join(folder, "package.json"))).toBe(false);
  });

  test("a template that there is none of", () => {
    expect(asof.run(folder, "init", "new", "--template", "shopp")).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean 'shop'") as string });
    expect(existsSync(join(folder, "new"))).toBe(false);
  });

  test("an empty folder with nothing but .git is fine", () => {
    mkdirSync(join(folder, "cloned", ".git"), { recursive: true });
    expect(asof.succeed(folder, "init", "cloned", "--template", "minimal", "--json").json()["files"]).toEqual(
      expect.arrayContaining([".gitignore", "README.md", "asof.config.ts", "data/purchases.csv", "definitions.ts", "features.test.ts"]),
    );
  });
});
