// What a view with every aggregate costs over a million rows, as a training set: in all, and beside what it reads and sorts.
// Run by hand after a build: node bench/aggregates.mjs [folder of the build] [--rows 1000000] [--labels 100000,1000000] [--runs 3] [--json]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { definitions, labelsQuery, salesQuery } from "./aggregates-data.mjs";

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "1000000" },
    labels: { type: "string", default: "100000,1000000" },
    runs: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const [ROWS, RUNS] = [Number(given.rows), Number(given.runs)];
const folder = pathToFileURL(`${resolve(positionals[0] ?? "dist")}/`).href;
const load = async (...files) => Object.assign({}, ...(await Promise.all(files.map((file) => import(`${folder}${file}.js`)))));
const asof = await load("index");
const { planService } = await load("plan/service-plan");
const { sweep } = await load("kernel/sweep");
const { Offline, SweptRows, columnsOf, labelKeys, openLabels, readOrdered, rowsByKey, sortPoints, spanOf } = await load(
  "offline/offline",
  "kernel/swept-rows",
  "offline/values-at",
  "offline/label-table",
  "offline/read-rows",
  "offline/points",
);

/** Wall and processor milliseconds: DuckDB uses several processors, and other programs may hold them. */
async function timed(run) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const value = await run();
  const { user, system } = process.cpuUsage(cpu);
  return { value, wall: performance.now() - wall, cpu: (user + system) / 1000 };
}
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const middle = (times) => ({ wall: median(times.map(({ wall }) => wall)), cpu: median(times.map(({ cpu }) => cpu)) });
const total = (times) => ({ wall: times.reduce((sum, { wall }) => sum + wall, 0), cpu: times.reduce((sum, { cpu }) => sum + cpu, 0) });

/** Reads and sorts what the training set needs, and computes nothing. */
async function readAndSort(root, { service, labelled }) {
  const offline = await Offline.open(root);
  const plan = planService(service);
  const [use] = plan.views;
  try {
    return await offline.db.exclusively(undefined, async () => {
      const labels = await timed(async () => {
        const table = await openLabels(offline.db, root, labelled, plan);
        const { keys, key } = await labelKeys(offline.db, table, use);
        return { keys, at: table.at, times: sortPoints(key, keys.count + 1, table.at, table.byTime).times };
      });
      const { keys, at, times } = labels.value;
      const end = keys.count + 1;
      const rows = await timed(async () => {
        const events = await offline.events(use.view);
        const span = spanOf(
          [use.view],
          at.reduce((a, b) => Math.min(a, b)),
          at.reduce((a, b) => Math.max(a, b)),
        );
        const request = { span, columns: offline.columnsOf(use.view), ordered: use.view.ordered, mode: "recorded" };
        return readOrdered(offline.db, events, request, [{ keys, keyColumns: columnsOf(use.view), first: 0, end }]);
      });
      const placed = await timed(() => rowsByKey(rows.value, 0, 0, end));
      return { parts: { labels, rows, placed }, view: use.view, rows: placed.value, times };
    });
  } finally {
    await offline.close();
  }
}

/** The training set as a user builds it. `features` ends when the last view is computed, before it is written. */
async function build(root, { service, labelled }) {
  const store = await asof.openStore(asof.defineConfig({ services: [service], online: asof.embedded({ path: "online" }) }), { root });
  try {
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    let features = { wall: 0, cpu: 0 };
    const onProgress = ({ phase, done }) => {
      if (phase !== "writing" || done !== 0) return;
      const { user, system } = process.cpuUsage(cpu);
      features = { wall: performance.now() - wall, cpu: (user + system) / 1000 };
    };
    const whole = await timed(() => store.training(service, labelled, { out: "set", onProgress }));
    return { features, whole };
  } finally {
    await store.close();
  }
}

/** The kernel's time by part: each feature is swept alone, less what a sweep without any takes. */
async function kernel({ view, rows, times }) {
  const functions = await timed(() => new SweptRows(rows).prepare(view));
  const alone = (features) => timed(() => sweep({ ...functions.value, plan: { ...view, features } }, times));
  const together = await alone(view.features);
  const windows = await alone([]);
  const features = [];
  for (const feature of view.features) {
    const { wall, cpu } = await alone([feature]);
    features.push({ name: feature.name, wall: wall - windows.wall, cpu: cpu - windows.cpu });
  }
  return { functions, together, windows, features };
}

async function measure(root, labels, defined) {
  const runs = [];
  for (let i = 0; i < RUNS; i++) {
    const read = await readAndSort(root, defined);
    runs.push({ read: read.parts, kernel: await kernel(read), built: await build(root, defined) });
    process.stderr.write(".");
  }
  const of = (take) => middle(runs.map(take));
  const read = { labels: of((run) => run.read.labels), rows: of((run) => run.read.rows), "rows by key": of((run) => run.read.placed) };
  const readAndSorted = of((run) => total(Object.values(run.read)));
  const names = runs[0].kernel.features.map(({ name }) => name);
  const features = Object.fromEntries(names.map((name, f) => [name, of((run) => run.kernel.features[f])]));
  const parts = { "row functions": of((run) => run.kernel.functions), windows: of((run) => run.kernel.windows), sweep: of((run) => run.kernel.together) };
  const [view, written] = [of((run) => run.built.features), of((run) => run.built.whole)];
  const ratio = (whole) => ({ wall: whole.wall / readAndSorted.wall, cpu: whole.cpu / readAndSorted.cpu });
  const ratios = { view: ratio(view), "training set": ratio(written) };
  return { rows: ROWS, labels, read, readAndSorted, parts, features, view, "training set": written, ratios, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

function print({ rows, labels, read, readAndSorted, parts, features, view, ratios, peakBytes, ...more }) {
  const line = (name, { wall, cpu }, text = "") =>
    console.log(`${name.padEnd(34)}${wall.toFixed(0).padStart(8)} ms wall${cpu.toFixed(0).padStart(8)} ms CPU${text}`);
  const perRow = ({ wall, cpu }) => `${((wall * 1e6) / rows).toFixed(1).padStart(9)} wall${((cpu * 1e6) / rows).toFixed(1).padStart(9)} CPU ns a row`;
  console.log(`\n${rows} rows, ${labels} labels, ${Object.keys(features).length} features, Node ${process.version}, medians of ${RUNS} runs`);
  for (const [name, time] of Object.entries(read)) line(`reads and sorts: ${name}`, time);
  line("reads and sorts, in all", readAndSorted);
  for (const [name, time] of Object.entries(parts)) line(`kernel: ${name}`, time, perRow(time));
  for (const [name, time] of Object.entries(features)) line(`  ${name}`, time, perRow(time));
  line("view, in all", view, `   x ${ratios.view.wall.toFixed(2)} wall, x ${ratios.view.cpu.toFixed(2)} CPU of what it reads and sorts`);
  const written = ratios["training set"];
  line("training set, with its file", more["training set"], `   x ${written.wall.toFixed(2)} wall, x ${written.cpu.toFixed(2)} CPU`);
  console.log(`peak memory of the process so far ${(peakBytes / 2 ** 30).toFixed(2)} GiB`);
}

const root = await mkdtemp(join(tmpdir(), "asof-aggregates-"));
try {
  const files = { sales: join(root, "sales.parquet"), labels: join(root, "labels.parquet") };
  const write = async (query, file) => {
    const offline = await Offline.open(root);
    await offline.db.run(`COPY (${query}) TO '${file}' (FORMAT parquet)`);
    await offline.close();
  };
  await write(salesQuery(ROWS), files.sales);
  const results = [];
  for (const labels of given.labels.split(",").map(Number)) {
    await write(labelsQuery(labels), files.labels);
    results.push(await measure(root, labels, definitions(asof, files)));
    if (!given.json) print(results.at(-1));
  }
  if (given.json) console.log(JSON.stringify(results, null, 2));
} finally {
  await rm(root, { recursive: true });
}
