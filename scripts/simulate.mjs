// Simulated histories, as many as wanted: `npm run simulate -- --seeds 10000`; a run again: `-- --seed 42`; the history that failed in it: `-- --seed 42 --path 17:0:3`.
import { parseArgs } from "node:util";
import { installMissing, run } from "./steps.mjs";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "2000" }, seed: { type: "string" }, path: { type: "string" }, crowd: { type: "boolean", default: false } },
});
const isCount = (text) => /^[1-9]\d*$/.test(text);
if (!isCount(values.seeds) || (values.seed !== undefined && !/^-?\d+$/.test(values.seed)) || (values.path !== undefined && !/^\d+(:\d+)*$/.test(values.path))) {
  console.error("npm run simulate -- --seeds <how many> [--seed <the one that a run before printed>] [--path <of the history that failed> [--crowd]]");
  process.exitCode = 2;
} else {
  const env = {
    ASOF_HISTORIES: values.seeds,
    ...(values.seed === undefined ? {} : { ASOF_SEED: values.seed }),
    ...(values.path === undefined ? {} : { ASOF_PATH: values.path, ASOF_CROWD: values.crowd ? "1" : "0" }),
  };
  process.exitCode = installMissing() && run("vitest", ["run", "test/simulation/simulation.test.ts"], env) ? 0 : 1;
}
