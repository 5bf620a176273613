// All checks in one command: install, servers, build, types, lint, format, dead code, package exports, tests. Ends with one line of counts.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installMissing, installServices, root, run } from "./steps.mjs";

const counts = join(root, ".cache", "test-counts.json");
/** Which tests, as vitest filters them: `npm test -- src/time.test.ts`. All by default. */
const filters = process.argv.slice(2).filter((argument) => argument !== "--no-install");

/** Each is one test. What follows the install needs what it installs; the tests need the build. */
const steps = [
  ...(process.argv.includes("--no-install") ? [] : [["install", installMissing]]),
  ["servers", installServices],
  ["build", () => run("npm", ["run", "--silent", "build"])],
  ["types", () => run("npm", ["run", "--silent", "types"])],
  ["lint", () => run("npm", ["run", "--silent", "lint"])],
  ["format", () => run("npm", ["run", "--silent", "format", "--", "--check"])],
  ["dead code", () => run("npm", ["run", "--silent", "dead-code"])],
  ["package exports", () => run("npm", ["run", "--silent", "exports"])],
];

/** Runs the tests of vitest and reads what its reporter counted; a run that never reported is one failure. */
function vitest() {
  mkdirSync(join(root, ".cache"), { recursive: true });
  rmSync(counts, { force: true });
  const well = run("vitest", ["run", ...filters, "--reporter=default", "--reporter=./scripts/count-reporter.mjs"], { ASOF_TEST_COUNTS: counts });
  try {
    const { passed, failed, skipped } = JSON.parse(readFileSync(counts, "utf8"));
    return { passed, failed: failed === 0 && !well ? 1 : failed, skipped };
  } catch {
    return { passed: 0, failed: 1, skipped: [] };
  }
}

const failedSteps = [];
for (const [name, step] of steps) {
  console.log(`\n== ${name}`);
  if (!step()) failedSteps.push(name);
  if (name === "install" && failedSteps.length > 0) break;
}
console.log("\n== tests");
const tests = failedSteps.includes("install") ? { passed: 0, failed: 0, skipped: [] } : vitest();

for (const name of failedSteps) console.log(`failed: ${name}`);
for (const { test, reason } of tests.skipped) console.log(`skipped: ${test}${reason === "" ? "" : ` (${reason})`}`);
const inCi = process.env["CI"] === "true";
const missing = tests.skipped.filter(({ reason }) => reason.startsWith("missing"));
if (inCi && missing.length > 0) console.log("A test that is skipped because something is missing fails in CI.");
const passed = tests.passed + steps.length - failedSteps.length;
const failed = tests.failed + failedSteps.length;
console.log(`${passed} passed, ${failed} failed, ${tests.skipped.length} skipped`);
process.exitCode = failed > 0 || (inCi && missing.length > 0) ? 1 : 0;
