// A vitest reporter that writes how many tests passed and failed, and which were skipped why, to a file.
import { writeFileSync } from "node:fs";

export default class CountReporter {
  /** Called by vitest once all is run; files that do not load and errors outside tests count as failures. */
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      if (module.state() === "failed" && module.children.size === 0) counts.failed++;
      for (const test of module.children.allTests()) count(counts, test);
    }
    const file = process.env["ASOF_TEST_COUNTS"];
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}

function count(counts, test) {
  const { state, note } = test.result();
  if (state === "passed") counts.passed++;
  else if (state === "skipped") counts.skipped.push({ test: `${test.module.relativeModuleId}: ${test.fullName}`, reason: note ?? "" });
  else counts.failed++;
}
