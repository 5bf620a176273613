// The property tests find every defect at a window's edge, in the two clocks and in the order of rows. The whole list of
// defects takes longer: `node test/mutation/run.mjs`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("no change of an edge survives", { timeout: 900_000 }, () => {
  const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(new URL("run.mjs", import.meta.url)), "--edges"], { encoding: "utf8" });
  expect(stdout).toContain(" 0 edges survived, 0 do not apply");
  expect(status).toBe(0);
});
