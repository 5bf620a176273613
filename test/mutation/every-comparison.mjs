#!/usr/bin/env node
// Turns every comparison of the kernel and the aggregates into its neighbour, one at a time, and tells which no test notices. 1. Many in one
// process, over cases beside the oracle. 2. What survives, in a copy of the project, over the unit tests that load its file.
// `node test/mutation/every-comparison.mjs [--only text] [--cases n] [--seed n] [--fast] [--after log]`; exit code 1 if less than 90 % are
// noticed. `--fast` does 1 alone; `--after` does 2 alone, for what survived 1 in a run that printed this log.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { comparisonsOf, instrumented, planted, sourcesOf, testsUnder } from "./comparisons.mjs";
import { isEquivalent } from "./equivalent.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const WORKERS = 2;
/** Milliseconds without a word of a process, after which the comparison that it tries is counted as noticed: a loop without end. */
const SILENCE = 60_000;
const GOAL = 0.9;
/** Random cases of unit tests. */
const UNIT_CASES = "300";
/** Tests elsewhere that hold a file to account, beside those that load it. */
const HELD_BY = {
  "src/kernel/evaluate.ts": ["src/plan/probe.test.ts", "test/mistakes/mistakes.test.ts"],
  "src/kernel/slide.ts": ["test/property/forms.test.ts"],
  "src/aggregate/window.ts": ["src/offline/outcome-labels.test.ts"],
  "src/aggregate/run.ts": ["test/docs-examples.test.ts"],
  "src/aggregate/sum.ts": ["test/docs-examples.test.ts"],
};
const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    cases: { type: "string", default: "1200" },
    seed: { type: "string", default: "20011122" },
    fast: { type: "boolean", default: false },
    after: { type: "string" },
  },
});

const files = sourcesOf(ROOT);
const all = files.flatMap((file) => comparisonsOf(ROOT, file)).map((comparison, id) => ({ ...comparison, id, outcome: "untried" }));
const chosen = all.filter((comparison) => comparison.file.includes(options.only) && !isEquivalent(comparison));
/** Whether tests pass without a slip, by their names. */
const well = new Map();
const scratch = mkdtempSync(join(tmpdir(), "asof-comparisons-"));
try {
  const copies = ["0", "1"].map((name) => copyOf(join(scratch, name)));
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), "utf8");
    writeFileSync(
      join(copies[0], file),
      instrumented(
        text,
        all.filter((comparison) => comparison.file === file),
      ),
    );
  }
  const queue = files.map((file) => chosen.filter((comparison) => comparison.file === file)).filter((list) => list.length > 0);
  if (options.after === undefined) await Promise.all(Array.from({ length: WORKERS }, () => drain(queue, (list) => tryTogether(copies[0], list))));
  else takeOutcomes(readFileSync(options.after, "utf8"));
  if (!options.fast) for (const comparison of chosen.filter(({ outcome }) => outcome === "survived")) tryAlone(copies[1], comparison);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const { file, line, code, shown, neighbour } of chosen.filter(({ outcome }) => outcome === "survived"))
  console.log(`survived  ${file}:${line}: ${shown} as ${neighbour}\n  ${code}`);
const noticed = chosen.filter(({ outcome }) => outcome === "killed" || outcome === "late").length;
const untried = chosen.filter(({ outcome }) => outcome === "untried").length;
const share = noticed / Math.max(1, chosen.length);
console.log(`${noticed} of ${chosen.length} comparisons noticed (${(100 * share).toFixed(1)} %), ${untried} untried, ${all.length - chosen.length} left out`);
process.exitCode = share >= GOAL && untried === 0 ? 0 : 1;

function copyOf(path) {
  for (const name of ["src", "test", "docs", "package.json", "tsconfig.json", "vitest.config.ts"])
    cpSync(join(ROOT, name), join(path, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(path, "node_modules"));
  return path;
}

async function drain(queue, work) {
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
}

/** The aggregates that load a file, by name; none stands for all, as for what belongs to the kernel. */
function usersOf(file) {
  const registry = readFileSync(join(ROOT, "src/aggregate/aggregates.ts"), "utf8");
  const own = [...registry.matchAll(/export \{ (\w+) \} from "\.\/(.*)"/g)].filter(([, , of]) => loads(`src/aggregate/${of}`, file));
  return file.startsWith("src/kernel") || own.length > 12 ? [] : own.map(([, name]) => name);
}

/** Whether a file loads another, by way of any in these folders. */
function loads(file, wanted, seen = new Set()) {
  if (file === wanted) return true;
  if (seen.has(file) || !existsSync(join(ROOT, file))) return false;
  seen.add(file);
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/^(?:import|export)(?! type).*from "(\..*)"/gm)].some(([, from]) => loads(join(dirname(file), from), wanted, seen));
}

/** Tries the comparisons of one file in one process, and goes on in another where one hangs or breaks it. */
async function tryTogether(copy, list) {
  const started = performance.now();
  for (let left = list; left.length > 0; left = left.filter(({ outcome }) => outcome === "untried")) {
    const { file } = list[0];
    const ofStates = file.startsWith("src/kernel/state");
    const cases = ofStates ? Number(options.cases) / 3 : Number(options.cases);
    const job = { names: usersOf(file), ofStates, cases: Math.ceil(cases), seed: Number(options.seed), ids: left.map(({ id }) => id) };
    const said = await linesOf([join(copy, "test/mutation/mutant-process.mjs"), copy, JSON.stringify(job)]);
    if (said[0] !== "ready") {
      console.log(`${list[0].file}: its cases fail without a slip, or could not be made: ${said[0]}`);
      return;
    }
    const outcomes = new Map(said.slice(1).map((line) => line.split(" ")));
    for (const comparison of left) comparison.outcome = outcomes.get(String(comparison.id)) ?? comparison.outcome;
    const stuck = left.find(({ outcome }) => outcome === "untried");
    if (!said.includes("end") && stuck !== undefined) stuck.outcome = "late";
  }
  const survived = list.filter(({ outcome }) => outcome === "survived");
  console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${list[0].file}: ${list.length - survived.length} of ${list.length}`);
  for (const { line, shown, neighbour } of survived) console.log(`           :${line}: ${shown} as ${neighbour}`);
}

/** What a process says, until it ends or says nothing for too long. */
function linesOf(args) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const lines = [];
  let timer = setTimeout(() => child.kill("SIGKILL"), 5 * SILENCE);
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), SILENCE);
  });
  return new Promise((done) =>
    child.on("close", () => {
      clearTimeout(timer);
      done(lines);
    }),
  );
}

/** What an earlier run found out: all that it does not name have been noticed. */
function takeOutcomes(log) {
  const survived = new Set([...log.matchAll(/^survived {2}(\S+?: .*) as \S+$/gm)].map(([, place]) => place));
  for (const comparison of chosen) comparison.outcome = survived.has(`${comparison.file}:${comparison.line}: ${comparison.shown}`) ? "survived" : "killed";
}

/** Tries one comparison on the tests that hold its file to account, which must be well without it. */
function tryAlone(copy, comparison) {
  const tests = [...testsUnder(ROOT).filter((test) => loads(test, comparison.file)), ...(HELD_BY[comparison.file] ?? [])];
  if (tests.length === 0) return;
  if (!areWell(copy, tests)) {
    comparison.outcome = "untried";
    return console.log(`${comparison.file}: its tests fail without a slip`);
  }
  const path = join(copy, comparison.file);
  const source = readFileSync(path, "utf8");
  writeFileSync(path, planted(source, comparison));
  if (!pass(copy, tests)) comparison.outcome = "killed";
  writeFileSync(path, source);
  console.log(`${comparison.outcome.padEnd(9)} alone: ${comparison.file}:${comparison.line}: ${comparison.shown} as ${comparison.neighbour}`);
}

function areWell(copy, tests) {
  const name = tests.join(" ");
  if (!well.has(name)) well.set(name, pass(copy, tests));
  return well.get(name);
}

function pass(copy, tests) {
  const args = [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--root", copy, "--bail=1", "--maxWorkers=2", ...tests];
  const environment = { ...process.env, ASOF_CASES: UNIT_CASES, ASOF_SEED: options.seed, ASOF_SHRINK: "0" };
  return spawnSync(process.execPath, args, { env: environment, stdio: "ignore", timeout: 5 * SILENCE }).status === 0;
}
