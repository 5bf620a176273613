// The benchmarks by name: builds asof, then runs one with the arguments given. `npm run bench -- ingest --events 100000`.
import { installMissing, run } from "./steps.mjs";

/** What is measured, and by which file; `windows` and `states` are two readings of one. */
const BENCHES = {
  ingest: ["bench/ingest.mjs"],
  states: ["bench/state.mjs", "--rows", "10"],
  windows: ["bench/state.mjs", "--events", "20000", "--rows", "100,100000"],
  freshness: ["bench/freshness.mjs"],
  serving: ["bench/serving.mjs"],
  http: ["bench/http.mjs"],
  redis: ["bench/redis.mjs"],
  aggregates: ["bench/aggregates.mjs"],
  "row-functions": ["bench/row-functions.mjs"],
};

const [name, ...rest] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`npm run bench -- <name>: there are ${Object.keys(BENCHES).join(", ")}`);
  process.exitCode = 2;
} else {
  const ready = installMissing() && run("npm", ["run", "--silent", "build"]);
  process.exitCode = ready && run(process.execPath, [...bench, ...rest]) ? 0 : 1;
}
