// Every command of the README, run word for word, in order, in a fresh copy of the project.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { script, shell, shellBlocks } from "./shell-session.ts";
import type { Timestamp } from "../src/time.ts";
import { Offline } from "../src/offline/offline.ts";
import { openTrainingSet } from "../src/offline/training-set.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const NOT_COPIED: ReadonlySet<string> = new Set(["node_modules", "dist", ".cache", ".asof", ".git"]);
/** What runs this very test, so that it cannot run it again. */
const ITSELF = "npm test\n";
/** Run by test/cli/init.test.ts, with the packages linked. */
const NEW_PROJECT = "npx asof init";

const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = shellBlocks(readme);
const started = blocks.filter((block) => block !== ITSELF && !block.startsWith("npm run demo") && !block.startsWith(NEW_PROJECT));

describe("the README", () => {
  const copy = mkdtempSync(join(tmpdir(), "asof-readme-"));
  beforeAll(() => {
    cpSync(root, copy, { recursive: true, filter: (source) => !NOT_COPIED.has(basename(source)) });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test("has commands, and the one that runs this test is the one that is run in a clean clone", () => {
    expect(started.length).toBeGreaterThan(2);
    expect(blocks).toContain(ITSELF);
    expect(readFileSync(join(root, ".ci", "run"), "utf8")).toMatch(/ npm test$/m);
  });

  test("quick start, as one session of a shell", { timeout: 200_000 }, () => {
    // The installed packages are linked into the copy, which an installation would replace.
    const lines = script(started).replace("npm install --no-save\n", "");
    const { status, output } = shell(copy, lines, 180_000);
    expect(status, output).toBe(0);
    expect(output).toMatch(/emails_sent +3 +PRESENT/);
    expect(output).toMatch(/"emails_sent":3/);
    expect(output).toMatch(/2 requests, 10 values compared .*: all equal/);
    expect(output).toMatch(/outreach: run 1, as of 2025-03-07T03:30:00Z/);
  });

  test("its table is what the quick start's training set holds, and what counting without clocks gives", async () => {
    const told = [...readme.matchAll(/^\| (\w+).* \| (2025\S+) \| (\d) \| (\d) \| (\d) \|$/gm)].map(([, lead, at, ...counts]) => ({
      lead,
      at,
      counts: counts.map(Number),
    }));
    const folder = join(copy, "examples", "leads");
    const sent = readFileSync(join(folder, "data", "emails.csv"), "utf8")
      .split("\n")
      .map((line) => line.split(","));
    const offline = await Offline.open(folder);
    const built: typeof told = [];
    for await (const row of await openTrainingSet(offline, join(folder, ".asof", "training"))) {
      const at = (row["at"] as Timestamp).toString();
      const theirs = sent.filter(([, lead]) => lead === row["lead_id"]);
      const before = theirs.filter(([, , sentAt = ""]) => Date.parse(sentAt) < Date.parse(at));
      built.push({ lead: row["lead_id"] as string, at, counts: [theirs.length, before.length, Number(row["emails_sent"])] });
    }
    await offline.close();
    expect(told).toHaveLength(5);
    expect(built).toEqual(told);
  });

  test("its feature is the example's", () => {
    const plain = (text: string): string => text.replaceAll(/\/\/.*$/gm, "").replaceAll(/\s+/g, "");
    const example = plain(readFileSync(join(root, "examples", "leads", "asof.config.ts"), "utf8"));
    const shown = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].flatMap((block) => (block[1] as string).split("\n\n"));
    expect(shown).toHaveLength(2);
    for (const definition of shown) expect(example).toContain(plain(definition));
  });

  /** Runs the block that starts with a demo's command, which is to end well, and gives what it says. */
  const demo = (command: string): string => {
    const named = blocks.filter((block) => block === `${command}\n`);
    expect(named).toHaveLength(1);
    const { status, output } = shell(copy, named.join(""), 880_000);
    expect(status, output.slice(-5000)).toBe(0);
    return output;
  };

  test("the demo of flights", { timeout: 900_000 }, () => {
    expect(demo("npm run demo")).toMatch(/served values recomputed from the source .*: 0 differ/);
  });

  test("the demo of the shop", { timeout: 900_000 }, () => {
    const output = demo("npm run demo -- shop");
    const [, compared = ""] = /proof +([\d,]+) served values recomputed .*: 0 differ/.exec(output) ?? [];
    expect(Number(compared.replaceAll(",", ""))).toBeGreaterThan(1_000_000);
    expect(output).toMatch(/events +210,000 sent/);
    expect(output).toMatch(/refresh +as of \S+, [\d,]+ users changed/);
    expect(output).toMatch(/as evaluated +0\.9\d\d .*\n +as served +0\.\d\d\d/);
  });
});
