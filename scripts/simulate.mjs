// Simulated histories, as many as wanted: `npm run simulate -- --seeds 10000`, or one run again: `npm run simulate -- --seeds 2000 --seed 42`.
import { parseArgs } from "node:util";
import { installMissing, run } from "./steps.mjs";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "2000" }, seed: { type: "string" } } });
const isCount = (text) => /^[1-9]\d*$/.test(text);
if (!isCount(values.seeds) || (values.seed !== undefined && !/^-?\d+$/.test(values.seed))) {
  console.error("npm run simulate -- --seeds <how many> [--seed <the one that a run before printed>]");
  process.exitCode = 2;
} else {
  const env = { ASOF_HISTORIES: values.seeds, ...(values.seed === undefined ? {} : { ASOF_SEED: values.seed }) };
  process.exitCode = installMissing() && run("vitest", ["run", "test/simulation"], env) ? 0 : 1;
}
