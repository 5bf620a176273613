#!/usr/bin/env node
// Plants each defect of mutations.mjs in a copy of the project and runs the property tests there: a test that no defect
// can fail is worth nothing. `node test/mutation/run.mjs [--edges] [--only text] [--cases n] [--seed n]`; exit code 1 if an
// edge survives, a mutation no longer applies, or the tests fail without one.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { MUTATIONS } from "./mutations.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const COPIED = ["src", "test", "package.json", "tsconfig.json", "vitest.config.ts"];
const WORKERS = 2;
/** Milliseconds that the tests of one mutation may take. */
const LONGEST = 300_000;

const { values: options } = parseArgs({
  options: {
    edges: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    cases: { type: "string", default: "400" },
    seed: { type: "string", default: "20011122" },
  },
});

const chosen = MUTATIONS.filter(({ name, file, edge }) => (edge || !options.edges) && `${file}: ${name}`.includes(options.only));
/** Where a mutation's text stands, however the formatter broke its lines. */
const places = (from) =>
  new RegExp(
    from
      .split(/\s+/)
      .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("\\s+"),
    "g",
  );
const stale = chosen.filter(({ file, from }) => readFileSync(join(ROOT, file), "utf8").match(places(from))?.length !== 1);
for (const { file, name, from } of stale) console.log(`does not apply  ${file}: ${name}\n  this text stands there not once: ${from}`);

const unchanged = { name: "unchanged", file: null, tests: [...new Set(chosen.flatMap(({ tests }) => tests))] };
const queue = [unchanged, ...chosen.filter((mutation) => !stale.includes(mutation))];
const results = [];
const snapshot = mkdtempSync(join(tmpdir(), "asof-mutation-"));
try {
  for (const name of COPIED.filter((name) => existsSync(join(ROOT, name)))) cpSync(join(ROOT, name), join(snapshot, "0", name), { recursive: true });
  for (let worker = 1; worker < WORKERS; worker++) cpSync(join(snapshot, "0"), join(snapshot, String(worker)), { recursive: true });
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(join(snapshot, String(worker)))));
} finally {
  rmSync(snapshot, { recursive: true, force: true });
}

const planted = results.filter(({ mutation }) => mutation !== unchanged);
const killed = planted.filter(({ outcome }) => outcome === "killed");
const sound = results.some(({ mutation, outcome }) => mutation === unchanged && outcome === "survived");
if (!sound) console.log("the tests fail on the unchanged source: no outcome above means anything");
const edges = planted.filter(({ mutation, outcome }) => mutation.edge && outcome !== "killed");
console.log(
  `${killed.length} of ${planted.length} killed (${((100 * killed.length) / Math.max(1, planted.length)).toFixed(1)} %), ${edges.length} edges survived, ${stale.length} do not apply`,
);
process.exitCode = sound && edges.length === 0 && stale.length === 0 ? 0 : 1;

/** Takes mutations from the queue, one at a time, into a copy of its own. */
async function work(copy) {
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (let mutation = queue.shift(); mutation !== undefined; mutation = queue.shift()) {
    const started = performance.now();
    const outcome = await tried(copy, mutation);
    results.push({ mutation, outcome });
    console.log(
      `${outcome.padEnd(9)} ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${mutation.file === null ? "" : `${mutation.file}: `}${mutation.name}`,
    );
  }
}

/** Runs the tests over the copy with the defect: `killed` by a test that fails, `survived`, `broken` if none ran, or `late`. */
async function tried(copy, { file, from, to, tests }) {
  if (file === null) return vitest(copy, tests);
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  try {
    return await vitest(copy, tests);
  } finally {
    writeFileSync(path, source);
  }
}

function vitest(copy, tests) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const environment = { ...process.env, ASOF_CASES: options.cases, ASOF_SEED: options.seed, ASOF_SHRINK: "0" };
  const binary = join(ROOT, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [binary, "run", "--root", copy, "--bail=1", "--maxWorkers=1", "--reporter=json", `--outputFile=${report}`, ...tests], {
    env: environment,
    stdio: "ignore",
  });
  return new Promise((done) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, LONGEST);
    child.on("close", () => {
      clearTimeout(timer);
      if (late) return done("late");
      if (!existsSync(report)) return done("broken");
      const { numFailedTests, numPassedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
      if (tests === unchanged.tests)
        for (const message of testResults.flatMap((file) => file.assertionResults.flatMap((test) => test.failureMessages))) console.log(message);
      return done(numFailedTests > 0 ? "killed" : numPassedTests > 0 ? "survived" : "broken");
    });
  });
}
