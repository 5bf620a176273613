// The same definitions and data give the same bytes on every Node that asof supports, in every time zone and locale.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, compiledWith, disagreement, MACHINES, remove, reports, type Machine } from "./machines.ts";
import { installNodes, NODES } from "./nodes.ts";
import type { Fault } from "../cli/built-asof.ts";
import type { Report } from "./program.ts";

let compiled: string | null = null;
/** Why the other versions of Node are not here; in CI that is an error. */
let missing = "";
beforeAll(async () => {
  try {
    await installNodes();
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    missing = `missing: other versions of Node cannot be installed: ${(error as Error).message.split("\n")[0]}`;
    return;
  }
  compiled = compile();
}, 600_000);
afterAll(() => {
  if (compiled !== null) remove(compiled);
});

const [oldest, , newest] = NODES;
const english: Machine = { node: newest, zone: "UTC", locale: "en_US.UTF-8" };
const turkish: Machine = { ...english, locale: "tr_TR.UTF-8" };
const newfoundland: Machine = { ...english, zone: "America/St_Johns" };
const nepal: Machine = { ...english, zone: "Asia/Kathmandu" };
const older: Machine = { ...english, node: oldest };

/** One digest over those of all parts. */
function whole({ parts }: Report): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

test("every part is the same on every machine", { timeout: 600_000 }, async ({ skip }) => {
  skip(missing !== "", missing);
  const made = await reports(compiled as string, MACHINES);
  const counted = Object.keys(made[0]?.parts ?? {}).length;
  const lines = MACHINES.map(({ node, zone, locale }, i) => `${node.padEnd(9)} ${zone.padEnd(17)} ${locale.padEnd(12)} ${whole(made[i] as Report)}`);
  console.log(`${counted} parts\n${lines.join("\n")}`);
  expect(disagreement(MACHINES, made)).toBeNull();
  expect(new Set(Object.values((made[0] as Report).parts)).size).toBeGreaterThan(0.95 * counted); // parts over nothing would be alike
  expect(counted).toBeGreaterThan(200);
  // And they were the machines that they were meant to be.
  const said = (name: string): string[] => made.map(({ different }) => different[name] as string);
  expect(made.map(({ node }) => node)).toEqual(MACHINES.map(({ node }) => `v${node}`));
  expect(said("hours")).toEqual(MACHINES.map(({ zone }) => ({ UTC: "0", "America/St_Johns": "150", "Asia/Kathmandu": "-345" })[zone]));
  expect(said("number")).toEqual(MACHINES.map(({ locale }) => (locale === "tr_TR.UTF-8" ? "1.234.567,5" : "1,234,567.5")));
  expect(new Set(said("order")).size).toBeGreaterThan(1);
  expect(new Set(said("math")).size).toBeGreaterThan(1);
});

describe("a difference shows where there is", () => {
  test.for<readonly [string, Fault, readonly [Machine, Machine], readonly string[]]>([
    [
      "a power in an aggregate",
      { file: "src/aggregate/exp2-fraction.js", text: "const j = Math.floor(f * 16 + 0.5);", instead: "return Math.pow(2, f); const j = 0;" },
      [older, english],
      ["sweep: decayedSum lifetime"],
    ],
    [
      "an order of texts that is the locale's",
      { file: "src/schema/canonical.js", text: "const shared = Math.min(a.length, b.length);", instead: "const shared = 0; return a.localeCompare(b);" },
      [english, turkish],
      ["order of texts", "answers"],
    ],
    [
      "numbers as the locale writes them",
      {
        file: "src/schema/json-value.js",
        text: "return String(value);\n    if (typeof value === ",
        instead: "return value.toLocaleString();\n    if (typeof value === ",
      },
      [english, turkish],
      ["sweep: mean lifetime"],
    ],
    [
      "times in the local zone",
      {
        file: "src/time.js",
        text: "const second = seconds - day * 86_400;",
        instead: "const second = (seconds - day * 86_400 + 86_400 - new Date(seconds * 1000).getTimezoneOffset() * 60) % 86_400;",
      },
      [english, newfoundland],
      ["times"],
    ],
    [
      "SQL in the local zone",
      { file: "src/offline/duckdb.js", text: "SET TimeZone = 'UTC'", instead: "SELECT 1" },
      [english, nepal],
      ["source: csv", "training: labels of a file"],
    ],
    [
      "a row function with a power, whose version says so",
      { file: "test/platforms/shop.js", text: "sum((p) => p.points).lifetime()", instead: "sum((p) => Math.pow(1 + p.quantity / 7, 0.37)).lifetime()" },
      [older, english],
      ["versions of services and views", "answers"],
    ],
  ])("%s", { timeout: 120_000 }, async ([, fault, machines, parts], { skip }) => {
    skip(missing !== "", missing);
    const folder = compiledWith(fault, compiled as string);
    try {
      expect(disagreement(machines, await reports(folder, machines, parts))?.parts.slice(0, parts.length)).toEqual(parts);
    } finally {
      remove(folder);
    }
  });
});
