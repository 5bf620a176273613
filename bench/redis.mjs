// Redis: what asof makes of it beside what a user would write by hand, over one real server that is started for it. Three readings:
// `serving`, a request of 3 views and 50 features over HTTP beside a bare node:http server that reads the same body and sends a fixed text of
// the same size, 64 at a time, in microseconds of the server's processor; `vectors`, 100 entities in process beside a hash with a field for each feature, read by
// pipelined HMGET (how Feast lays it out); `ingest`, states of live views beside pipelined SETs of the same bytes by the same client.
// Run by hand after a build: node bench/redis.mjs [serving|vectors|ingest] [--seconds 5] [--rounds 5] [--json]
import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { bareServer } from "./bare-server.mjs";
import { pool, post } from "./raw-http.mjs";

const build = new URL("../dist/", import.meta.url).href;
const { canonical } = await import(`${build}schema/canonical.js`);
const { featureReader } = await import(`${build}online/read.js`);
const { openRedis } = await import(`${build}online/stores/redis.js`);
const { rowEncoder } = await import(`${build}online/row-codec.js`);
const { defineConfig, entity, events, every, featureService, featureView, openStore, redis, rows, serve, systemClock, t } = await import(`${build}index.js`);

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    as: { type: "string" },
    port: { type: "string" },
  },
});
const [SECONDS, ROUNDS] = [given.seconds, given.rounds].map(Number);
/** Requests that are on their way at one time. */
const AT_ONCE = 64;
const ENTITIES = 20_000;
const WARM_UP = 2;

const user = entity("user", { user_id: t.string() });
const schema = { user_id: t.string(), at: t.timestamp(), amount: t.float64(), kind: t.string() };
const source = events("purchases", { schema, eventTime: "at", availableAt: { delay: "0s" }, batch: rows([]) });
/** A view of so many features: counts, sums, means and texts. */
const view = (name, lengths, more) =>
  featureView(name, {
    entity: user,
    source,
    refresh: every("1d"),
    features: ({ count, sum, mean, last }) => ({
      [`${name}_n`]: count().overEach(...lengths),
      [`${name}_spent`]: sum((row) => row.amount).overEach(...lengths),
      [`${name}_usual`]: mean((row) => row.amount).overEach(...lengths),
      ...(more ? { [`${name}_last`]: last((row) => row.kind).overEach("1d", "30d") } : {}),
    }),
  });
const DAYS = ["1d", "2d", "3d", "7d", "30d"];
/** 49 features of three views, and one of the request. */
const service = featureService("home", { features: [view("a", DAYS, true), view("b", DAYS, true), view("c", DAYS, false)] }).derive(
  "a_share",
  t.float64().nullable(),
  (features) => (features.a_spent_1d === null || features.a_spent_30d === null ? null : features.a_spent_1d / features.a_spent_30d),
);
/** 50 features of one view. */
const wide = featureService("wide", {
  features: [
    featureView("w", {
      entity: user,
      source,
      refresh: every("1d"),
      features: ({ count, sum, mean, max, last }) => {
        const lengths = ["1h", "6h", "12h", "1d", "2d", "3d", "7d", "14d", "30d", "60d", "90d", "180d"];
        return {
          n: count().overEach(...lengths),
          spent: sum((row) => row.amount).overEach(...lengths),
          usual: mean((row) => row.amount).overEach(...lengths),
          largest: max((row) => row.amount).overEach(...lengths),
          last: last((row) => row.kind).overEach("1d", "30d"),
        };
      },
    }),
  ],
});
const onRedis = (port) => redis({ url: `redis://127.0.0.1:${port}`, timeout: "5s" });
const configOn = (port, of = service) => defineConfig({ services: [of], online: onRedis(port) });

const keyOf = (i) => canonical([`u${i}`], ["string"]);

/** Publishes rows of random values for each view. */
async function fill(port, of = service) {
  const store = await openRedis(onRedis(port));
  const { services } = await openStore(configOn(port, of));
  const at = Date.now() * 1000;
  const keys = Array.from({ length: ENTITIES }, (_, i) => keyOf(i)).toSorted(Buffer.compare);
  for (const { view: plan } of services[0].views) {
    const encode = rowEncoder(plan.features.map(({ kind }) => kind));
    const valueOf = {
      int64: () => BigInt(Math.floor(Math.random() * 100)),
      int32: () => Math.floor(Math.random() * 100),
      string: () => `kind${Math.floor(Math.random() * 50)}`,
    };
    const made = keys.map((key) => {
      const values = plan.features.map(({ kind }) => (valueOf[kind] ?? (() => Math.random() * 1000))());
      return { key, row: encode({ values, newest: plan.frames.map(() => at - 1_000_000), failed: [] }) };
    });
    const run = { tick: at - 1_000_000, kind: "scheduled", startedAt: at, snapshot: { source: "purchases", files: [] } };
    await store.publish(plan, run, made, systemClock);
  }
  await store.close();
}

/** A server of its own. */
async function startRedis() {
  const socket = createSocket().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  const folder = mkdtempSync(join(tmpdir(), "asof-bench-redis-"));
  const child = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--loglevel", "warning"], {
    stdio: "ignore",
  });
  const client = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 20, maxRetriesPerRequest: 500 });
  client.on("error", () => undefined); // until it listens
  await client.ping();
  client.disconnect();
  return {
    port,
    stop: async () => {
      child.kill();
      await once(child, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

const SERVERS = {
  bare: (_, text) => bareServer(text),
  asof: async (port) => (await serve(await openStore(configOn(port)), { port: 0 })).url,
};

async function beServer() {
  const [text] = given.as === "bare" ? await once(process, "message") : [""];
  const url = await SERVERS[given.as](Number(given.port), text);
  process.on("message", () => process.send(process.cpuUsage()));
  process.on("disconnect", () => process.exit(0));
  process.send(url);
}

async function started(as, port, text) {
  const server = fork(fileURLToPath(import.meta.url), ["--as", as, "--port", String(port)]);
  if (as === "bare") server.send(text);
  const [url] = await once(server, "message");
  return { server, url };
}

async function microsOf(as, port, text) {
  const { server, url } = await started(as, port, text);
  const client = pool(url, AT_ONCE);
  const bytes = Array.from({ length: 500 }, (_, i) => post("/v1/features/home", `{"input":{"user_id":"u${(i * 37) % ENTITIES}"}}`));
  const ask = async (seconds) => {
    const until = performance.now() + seconds * 1000;
    let asked = 0;
    const lane = async () => {
      for (let i = 0; performance.now() < until; i++, asked++)
        if ((await client.send(bytes[(asked * 7 + i) % bytes.length])).status !== 200) throw new Error("a request was not answered");
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return asked;
  };
  const used = async () => {
    server.send("usage");
    const [{ user: own, system }] = await once(server, "message");
    return own + system;
  };
  await ask(WARM_UP);
  const before = await used();
  const asked = await ask(SECONDS);
  const micros = ((await used()) - before) / asked;
  client.close();
  server.disconnect();
  await once(server, "exit");
  return micros;
}

/** A request over HTTP, beside a server that does nothing. */
async function serving(port) {
  await fill(port);
  const { server, url } = await started("asof", port);
  const client = pool(url, 1);
  const { body } = await client.send(post("/v1/features/home", '{"input":{"user_id":"u7"}}'), true);
  const monitor = new Redis({ port });
  const callsOf = async () => Number(/cmdstat_mget:calls=(\d+)/.exec(await monitor.info("commandstats"))?.[1] ?? 0);
  const before = await callsOf();
  for (let i = 0; i < 200; i++) await client.send(post("/v1/features/home", `{"input":{"user_id":"u${i}"}}`));
  const calls = ((await callsOf()) - before) / 200;
  monitor.disconnect();
  client.close();
  server.disconnect();
  await once(server, "exit");
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push({ bare: await microsOf("bare", port, body), asof: await microsOf("asof", port) });
  const [bare, asof, ratio] = [({ bare: b }) => b, ({ asof: a }) => a, (one) => one.bare / one.asof].map((of) => median(rounds.map(of)));
  return { reading: "serving", calls_a_request: calls, bytes: body.length, bare_us: bare, asof_us: asof, ratio };
}

/** How many calls end a second, some at a time. */
async function rateOf(call, seconds = SECONDS, atOnce = 16) {
  let done = 0;
  const until = performance.now() + seconds * 1000;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (; performance.now() < until; done++) await call();
    }),
  );
  return (done * 1000) / (performance.now() - began);
}

/** Vectors of many entities in process, beside hashes. */
async function vectors(port) {
  await fill(port, wide);
  const store = await openRedis(onRedis(port));
  const { services } = await openStore(configOn(port, wide));
  const reader = featureReader(services[0], store, systemClock);
  const hand = new Redis({ port });
  const fields = services[0].outputs.map(({ name }) => name);
  const { values } = await reader.one({ user_id: "u1" });
  for (let from = 0; from < ENTITIES; from += 1000) {
    const pipeline = hand.pipeline();
    for (let i = from; i < from + 1000; i++) pipeline.hset(`hash:u${i}`, Object.fromEntries(fields.map((field) => [field, String(values[field])])));
    await pipeline.exec();
  }
  const some = () => Array.from({ length: 100 }, () => `u${Math.floor(Math.random() * ENTITIES)}`);
  const ours = () => reader.many(some().map((user_id) => ({ user_id })));
  const theirs = () => {
    const pipeline = hand.pipeline();
    for (const id of some()) pipeline.hmget(`hash:${id}`, ...fields);
    return pipeline.exec();
  };
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    await rateOf(ours, WARM_UP);
    await rateOf(theirs, WARM_UP);
    rounds.push({ hashes: await rateOf(theirs), asof: await rateOf(ours) });
  }
  hand.disconnect();
  await store.close();
  const [hashes, asof, ratio] = [({ hashes: h }) => h, ({ asof: a }) => a, (one) => one.asof / one.hashes].map((of) => median(rounds.map(of)));
  return { reading: "vectors", features: fields.length, hashes_per_s: hashes, asof_per_s: asof, ratio };
}

/** Heads of states, beside SETs of the same bytes. */
async function ingest(port) {
  const store = await openRedis(onRedis(port));
  const hand = new Redis({ port });
  const BATCH = 1000;
  const head = Buffer.alloc(400, "s");
  const stored = { name: "live", version: "v1" };
  const keys = Array.from({ length: ENTITIES }, (_, i) => keyOf(i));
  let from = null;
  let end = 0;
  const batchOf = () => {
    const first = Math.floor(Math.random() * (ENTITIES - BATCH));
    return keys.slice(first, first + BATCH);
  };
  const ours = async () => {
    const to = { log: "log", end: ++end, upTo: end };
    const states = batchOf().map((key) => ({ key, from, isNew: false, head, written: new Map(), unnamed: [] }));
    await store.states.absorb([{ view: stored, from, to, states }]);
    from = to;
  };
  const theirs = () => {
    const pipeline = hand.pipeline();
    for (const key of batchOf()) pipeline.set(Buffer.concat([Buffer.from("by hand:"), key]), head);
    return pipeline.exec();
  };
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    await rateOf(ours, 0.5, 1);
    rounds.push({ sets: BATCH * (await rateOf(theirs, SECONDS, 1)), asof: BATCH * (await rateOf(ours, SECONDS, 1)) });
  }
  hand.disconnect();
  await store.close();
  const [sets, asof, ratio] = [({ sets: s }) => s, ({ asof: a }) => a, (one) => one.asof / one.sets].map((of) => median(rounds.map(of)));
  return { reading: "ingest", sets_per_s: sets, asof_keys_per_s: asof, ratio };
}

const READINGS = { serving, vectors, ingest };
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main() {
  for (const name of positionals.length > 0 ? positionals : Object.keys(READINGS)) {
    const server = await startRedis();
    try {
      const found = await READINGS[name](server.port);
      const text = Object.entries(found).map(([key, value]) => `${key} ${typeof value === "number" ? Number(value.toPrecision(4)) : value}`);
      console.log(given.json ? JSON.stringify(found) : text.join(", "));
    } finally {
      await server.stop();
    }
  }
}

if (given.as === undefined) await main();
else await beServer();
