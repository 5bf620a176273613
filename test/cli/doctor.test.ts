// `asof doctor`: a project that is well, and one problem planted after the other.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildAsof, type BuiltAsof } from "./built-asof.ts";
import { initProject, type LinkedProject } from "./linked-project.ts";

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly cure: string | null;
}

let asof: BuiltAsof;
let project: LinkedProject;
beforeAll(() => {
  asof = buildAsof();
  project = initProject(asof, "minimal");
});
afterAll(() => {
  project.remove();
  asof.remove();
});

/** What it found, but for ports, on which other tests may have servers. */
function examined(): { readonly code: number | null; readonly wrong: readonly Check[]; readonly all: readonly Check[] } {
  const ended = asof.run(project.folder, "doctor", "--json");
  const all = (ended.json()["checks"] as Check[]).filter(({ name }) => !name.startsWith("port "));
  return { code: ended.code, wrong: all.filter(({ ok }) => !ok), all };
}

test("before anything is applied, that is what is wrong; afterwards nothing is", () => {
  const { code, wrong } = examined();
  expect(code).toBe(1);
  expect(wrong).toMatchObject([{ name: "store", cure: expect.stringContaining("asof apply") as string }]);
  asof.succeed(project.folder, "apply");
  const { wrong: still, all } = examined();
  expect(still).toEqual([]);
  expect(all.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["node", "lmdb", "duckdb", "clock", "config", "lock of events", "source purchases", "store"]),
  );
});

test("a file that is not there, a folder that is a file, a lock of a dead process, a config that is broken", () => {
  const data = join(project.folder, "data", "purchases.csv");
  renameSync(data, `${data}.away`);
  const log = join(project.folder, ".asof", "log");
  writeFileSync(log, "");
  const { code, wrong } = examined();
  expect(code).toBe(1);
  expect(wrong.map(({ name }) => name)).toEqual(["folder of events", "source purchases"]);
  for (const { cure } of wrong) expect(cure).not.toBeNull();
  renameSync(`${data}.away`, data);
  rmSync(log);
  mkdirSync(log);
  writeFileSync(join(log, "lock.json"), JSON.stringify({ pid: 2 ** 22 + 1, started: "1", token: "x" }));
  expect(examined().all.find(({ name }) => name === "lock of events")).toMatchObject({ ok: true, found: expect.stringMatching(/^left by process/) as string });
  writeFileSync(join(project.folder, "definitions.ts"), "export const customers = nobody;\n");
  expect(examined().wrong).toMatchObject([{ name: "config", found: expect.stringContaining("nobody is not defined") as string }]);
  expect(asof.run(project.folder, "doctor").out).toMatch(/^problem {2}config: [^\n]+\n {9}cure \S/m);
});
