// What it costs to take events: from NDJSON through validation, the flushed log, the index of ids and live states, on one thread, beside
// what writing the same lines costs that are only parsed and flushed.
// Run by hand after a build: node bench/ingest.mjs [folder of the build] [--events 200000] [--entities 100000] [--batch 1000] [--jitter 0] [--json]
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: "string", default: "200000" },
    entities: { type: "string", default: "100000" },
    batch: { type: "string", default: "1000" },
    jitter: { type: "string", default: "0" },
    json: { type: "boolean", default: false },
  },
});
const [EVENTS, ENTITIES, BATCH, JITTER] = [given.events, given.entities, given.batch, given.jitter].map(Number);
const build = pathToFileURL(`${resolve(positionals[0] ?? "dist")}/`).href;
const { entity, events, featureService, featureView, ingest, streaming, systemClock, t } = await import(`${build}index.js`);
const { planService } = await import(`${build}plan/service-plan.js`);
const { openLmdb } = await import(`${build}online/stores/lmdb.js`);
const { Stream } = await import(`${build}stream/stream.js`);
const { Absorber } = await import(`${build}stream/absorber.js`);
const { recordColumns } = await import(`${build}plan/event-log.js`);

const user = entity("user", { user_id: t.string() });
const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp(), amount: t.float64(), item: t.string() },
  eventTime: "at",
  availableAt: { delay: "0s" },
  id: "id",
  late: "7d",
  stream: ingest(),
});
const EACH = ["1h", "1d", "7d", "30d"];
const twenty = featureView("twenty", {
  entity: user,
  source: clicks,
  refresh: streaming(),
  features: ({ count, sum, min, max, distinctCount }) => ({
    n: count().overEach(...EACH),
    total: sum((c) => c.amount).overEach(...EACH),
    least: min((c) => c.amount).overEach(...EACH),
    most: max((c) => c.amount).overEach(...EACH),
    items: distinctCount((c) => c.item).overEach(...EACH),
  }),
});
const views = planService(featureService("bench", { features: [twenty] })).views.map(({ view }) => view);

/** Numbers by chance from a seed (mulberry32). */
let state = 20_261_123;
function chance() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** Entities by Zipf's law: the n-th comes 1/n times as often as the first. */
const zipf = Float64Array.from({ length: ENTITIES }, (_, i) => 1 / (i + 1));
for (let i = 1; i < ENTITIES; i++) zipf[i] += zipf[i - 1];
function someone() {
  const wanted = chance() * zipf[ENTITIES - 1];
  let [low, high] = [0, ENTITIES - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (zipf[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Events happen a millisecond apart, up to now, in order but for the jitter, in milliseconds: what comes behind newer rows of its entity costs more. */
const begun = systemClock.now() / 1000 - EVENTS;
let made = 0;
const hex = () =>
  Math.floor(chance() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
const bodies = Array.from({ length: Math.ceil(EVENTS / BATCH) }, () =>
  Array.from({ length: BATCH }, () => {
    const at = new Date(begun + made++ - Math.floor(chance() * JITTER)).toISOString();
    const event = {
      id: `${hex()}-${hex()}-${hex()}`,
      user_id: `u${someone()}`,
      at,
      amount: Math.round(chance() * 10_000) / 100,
      item: `i${Math.floor(chance() * 1000)}`,
    };
    return JSON.stringify(event);
  }).join("\n"),
);
const parse = (body) => body.split("\n").map((line) => JSON.parse(line));

async function timed(work) {
  const [wall, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  await work();
  const { user: own, system } = process.cpuUsage(cpu);
  return { eventsPerSecond: Math.round(EVENTS / (Number(process.hrtime.bigint() - wall) / 1e9)), cpuMicros: (own + system) / EVENTS };
}

async function withStream(fed, run) {
  const folder = await mkdtemp(join(tmpdir(), "asof-bench-"));
  const store = await openLmdb({ path: join(folder, "online") });
  const config = { segmentBytes: 2 ** 26, queueBytes: 2 ** 26 };
  const stream = await Stream.open({
    folder: join(folder, "log"),
    config,
    clock: systemClock,
    states: store.states,
    views: fed ? views : views.map((view) => ({ ...view, streamed: false })),
  });
  try {
    return await timed(() => run(stream));
  } finally {
    await stream.close();
    await store.close();
    await rm(folder, { recursive: true });
  }
}

/** As a client with a few requests open at a time; ends when readers see the last event. */
const take = (visible) => async (stream) => {
  const open = [];
  for (const [i, body] of bodies.entries()) {
    open.push(stream.ingest("clicks", parse(body), { bytes: body.length, visible: visible && i === bodies.length - 1 }));
    if (open.length > 4) await open.shift();
  }
  await Promise.all(open);
};

/** The states alone: records in memory, as a log hands them over that is ahead of its states. */
async function absorbed() {
  const columns = recordColumns(clicks);
  const cells = (event) => columns.map(({ name }) => (name === "at" ? Date.parse(event.at) * 1000 : event[name]));
  const records = bodies.flatMap(parse).map((event, position) => ({ position, available: Date.parse(event.at) * 1000, replaces: null, cells: cells(event) }));
  const folder = await mkdtemp(join(tmpdir(), "asof-bench-"));
  const store = await openLmdb({ path: join(folder, "online") });
  const identity = { format: 1, id: "bench", source: "clicks", began: 0 };
  const log = { identity, end: 0, newest: 0, retained: async () => null, raise: () => {}, async *records() {} };
  const absorber = await Absorber.open(log, store.states, views);
  const result = await timed(async () => {
    for (let from = 0; from < EVENTS; from += BATCH) {
      log.end = Math.min(EVENTS, from + BATCH);
      await absorber.take(records.slice(from, log.end));
    }
    await absorber.visible(EVENTS - 1);
  });
  await absorber.close();
  await store.close();
  await rm(folder, { recursive: true });
  return result;
}

const floor = await (async () => {
  const folder = await mkdtemp(join(tmpdir(), "asof-bench-"));
  const file = await open(join(folder, "lines"), "w");
  const result = await timed(async () => {
    for (const body of bodies) {
      await file.write(
        `${parse(body)
          .map((event) => JSON.stringify(event))
          .join("\n")}\n`,
      );
      await file.datasync();
    }
  });
  await file.close();
  await rm(folder, { recursive: true });
  return result;
})();
const states = await absorbed();
const log = await withStream(false, take(false));
const whole = await withStream(true, take(true));
if (given.json) console.log(JSON.stringify({ events: EVENTS, batch: BATCH, parseAndFlush: floor, states, log, whole }));
else {
  const line = (name, { eventsPerSecond, cpuMicros }) =>
    `${name.padEnd(46)} ${String(eventsPerSecond).padStart(8)} events/s  ${cpuMicros.toFixed(1).padStart(6)} us of processor each`;
  console.log(`${EVENTS} events in requests of ${BATCH}, ${ENTITIES} entities by Zipf's law, up to ${JITTER} ms out of order`);
  console.log(line("parsed, written and flushed, nothing else", floor));
  console.log(line("absorbed into the states of 20 features, alone", states));
  console.log(line("validated, logged, ids known", log));
  console.log(line("and absorbed into the states of 20 features", whole));
}
