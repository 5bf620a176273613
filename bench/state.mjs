// What live states cost over LMDB: events absorbed a second, durable batch by batch, and the time of a read by the rows in its windows.
// Run by hand after a build: node bench/state.mjs [folder of the build] [--events 500000] [--values 50] [--rows 10,...] [--reads 2000] [--json]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { open } from "lmdb";

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: "string", default: "500000" },
    entities: { type: "string", default: "100000" },
    values: { type: "string", default: "50" },
    batch: { type: "string", default: "1000" },
    rows: { type: "string", default: "10,100,1000,10000,100000" },
    reads: { type: "string", default: "2000" },
    chunk: { type: "string" },
    fanout: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const [EVENTS, ENTITIES, VALUES, BATCH, READS] = [given.events, given.entities, given.values, given.batch, given.reads].map(Number);
const folder = pathToFileURL(`${resolve(positionals[0] ?? "dist")}/`).href;
const load = async (...files) => Object.assign({}, ...(await Promise.all(files.map((file) => import(`${folder}${file}.js`)))));
const asof = await load("index");
const { absorb, canonical, decodeHead, EMPTY, encodeHead, planView, settle, stateLayout, valuesAt } = await load(
  "schema/canonical",
  "plan/view-plan",
  "kernel/state/absorb",
  "kernel/state/format",
  "kernel/state/layout",
  "kernel/state/read",
);

const { t } = asof;
const user = asof.entity("user", { user_id: t.string() });
const sales = asof.events("sales", {
  schema: { sale_id: t.string(), user_id: t.string(), at: t.timestamp(), amount: t.float64(), item: t.string(), quantity: t.int32() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "sale_id",
  late: "7d",
  batch: asof.rows([]),
  stream: asof.ingest(),
});
const view = asof.featureView("spending", {
  entity: user,
  source: sales,
  refresh: asof.streaming(),
  features: ({ count, sum, min, max, distinctCount }) => ({
    n: count().overEach("1h", "1d", "7d", "30d"),
    total: sum((sale) => sale.amount).overEach("1h", "1d", "7d", "30d"),
    least: min((sale) => sale.amount).overEach("1h", "1d", "7d", "30d"),
    most: max((sale) => sale.amount).overEach("1h", "1d", "7d", "30d"),
    items: distinctCount((sale) => sale.item).overEach("1h", "1d", "7d", "30d"),
  }),
});
const plan = planView(view.definition);
const sizes = given.chunk === undefined ? [] : [{ chunk: Number(given.chunk), fanout: Number(given.fanout ?? 32), young: 4 * Number(given.chunk) }];
const layout = stateLayout(plan, ...sizes);
const INPUTS = plan.inputs.map(({ kind }) => (kind === "string" ? "item" : "amount"));

let seed = 20011122;
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
  return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
}
const below = (limit) => Math.floor(random() * limit);
const DAY = 86_400_000_000;
const START = Date.UTC(2026, 0, 1) * 1000;
const KINDS = ["float64", "string", "int32", "string", "string"];
let sold = 0;
/** A row as a log hands it over. */
function change(entity, at) {
  const sale = { amount: below(100_000) / 100, item: `item-${below(VALUES)}` };
  const order = canonical([sale.amount, sale.item, 1 + below(4), `sale-${sold++}`, `user-${entity}`], KINDS).toString("latin1");
  return { kind: "insert", row: { eventTime: at, order, cells: INPUTS.map((name) => sale[name]) }, availableTime: at };
}

/** A store of states: heads by entity, chunks by entity and name. */
function openStates(path) {
  const root = open({ path, encoding: "binary", keyEncoding: "binary", compression: false, mapSize: 2 ** 36 });
  const head = (entity) => Buffer.from(`h${entity}`);
  const chunk = (entity, name) => Buffer.from(`c${entity}/${name}`);
  const loader = (entity) => (names) => new Map(names.map((name) => [name, root.getBinary(chunk(entity, name))]));
  return {
    root,
    /** Milliseconds spent in the kernel, parts that it asks for included. */
    kernel: 0,
    take(entity, changes, position) {
      const key = head(entity);
      const stored = root.getBinary(key);
      const started = performance.now();
      const before = stored === undefined ? EMPTY : decodeHead(stored);
      const after = settle(absorb(layout, before, changes, position), loader(entity));
      const bytes = encodeHead(after.head);
      this.kernel += performance.now() - started;
      for (const name of after.unnamed) root.removeSync(chunk(entity, name));
      for (const [name, part] of after.written) root.putSync(chunk(entity, name), part);
      root.putSync(key, bytes);
    },
    read: (entity, at) => settle(valuesAt(layout, decodeHead(root.getBinary(head(entity))), at), loader(entity)),
    headBytes: (entity) => root.getBinary(head(entity)).length,
  };
}

/** Entities with the probability of 1 / rank. */
function zipf() {
  const sums = new Float64Array(ENTITIES);
  let total = 0;
  for (let i = 0; i < ENTITIES; i++) sums[i] = total += 1 / (i + 1);
  return () => {
    const x = random() * total;
    let [low, high] = [0, ENTITIES - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < x) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

async function ingest(states) {
  const entity = zipf();
  const step = (40 * DAY) / EVENTS;
  const times = [];
  let [taken, spent, processor] = [0, 0, 0];
  while (taken < EVENTS) {
    const groups = new Map();
    for (let i = 0; i < BATCH; i++, taken++) {
      const of = entity();
      const one = change(of, Math.round(START + taken * step));
      if (groups.has(of)) groups.get(of).push(one);
      else groups.set(of, [one]);
    }
    const position = { 0: String(taken) };
    const [started, used] = [performance.now(), process.cpuUsage()];
    states.root.transactionSync(() => {
      for (const [of, changes] of groups) states.take(of, changes, position);
    });
    await states.root.flushed;
    times.push(performance.now() - started);
    spent += times.at(-1);
    const { user, system } = process.cpuUsage(used);
    processor += user + system;
  }
  times.sort((a, b) => a - b);
  const kernel = (1000 * states.kernel) / EVENTS;
  return {
    events: EVENTS,
    perSecond: Math.round((1000 * EVENTS) / spent),
    processor: processor / EVENTS,
    kernel,
    p50: times[times.length >> 1],
    p99: times[Math.floor(times.length * 0.99)],
  };
}

/** One entity with so many rows in the last 30 days, and how long it takes to read its values. */
async function readTime(states, rows) {
  const entity = `r${rows}`;
  const until = START + 30 * DAY;
  const batch = 500;
  for (let from = 0; from < rows; from += batch) {
    const changes = Array.from({ length: Math.min(batch, rows - from) }, (_, i) =>
      change(entity, Math.round(START + 60_000_000 + ((from + i) / rows) * (30 * DAY - 120_000_000))),
    );
    states.root.transactionSync(() => states.take(entity, changes, { 0: String(from) }));
  }
  await states.root.flushed;
  const times = [];
  const warm = READS >> 1;
  for (let i = 0; i < READS + warm; i++) {
    const at = until - below(50_000_000);
    const started = performance.now();
    states.read(entity, at);
    if (i >= warm) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return {
    rows,
    values: states.read(entity, until).values.length,
    headBytes: states.headBytes(entity),
    p50: 1000 * times[times.length >> 1],
    mean: 1000 * mean,
  };
}

const path = await mkdtemp(join(tmpdir(), "asof-bench-state-"));
const states = openStates(path);
try {
  const ingested = EVENTS > 0 ? await ingest(states) : null;
  const reads = [];
  for (const rows of given.rows.split(",").filter(Boolean).map(Number)) reads.push(await readTime(states, rows));
  if (given.json) console.log(JSON.stringify({ ingested, reads }));
  else {
    if (ingested !== null)
      console.log(
        `${ingested.events} events: ${ingested.perSecond}/s, ${ingested.processor.toFixed(1)} us of processor each, ${ingested.kernel.toFixed(1)} us in the kernel; ` +
          `batches of ${BATCH}: p50 ${ingested.p50.toFixed(1)} ms, p99 ${ingested.p99.toFixed(1)} ms`,
      );
    for (const { rows, headBytes, p50, mean } of reads)
      console.log(`${String(rows).padStart(7)} rows in the windows: read p50 ${p50.toFixed(1)} us, mean ${mean.toFixed(1)} us, head ${headBytes} bytes`);
  }
} finally {
  await states.root.close();
  await rm(path, { recursive: true });
}
