// Requests beside events: `asof serve` answers at a steady rate while `asof stream` takes events at another, each in processes of its own. A
// request asks for features of a daily refresh, live ones, and one that is derived from both and the request. With --bare a node:http server
// that sends a fixed text stands in the place of `asof serve`: what the machine leaves to any server.
// Run by hand after a build: node bench/serving.mjs [--requests 5000] [--events 20000] [--seconds 300] [--processes 1] [--bare] [--log] [--json]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bareServer } from "./bare-server.mjs";
import { openLoop, pool, post } from "./raw-http.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: given } = parseArgs({
  options: {
    requests: { type: "string", default: "5000" },
    events: { type: "string", default: "20000" },
    seconds: { type: "string", default: "300" },
    processes: { type: "string", default: "1" },
    bare: { type: "boolean", default: false },
    log: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    as: { type: "string" },
    url: { type: "string" },
  },
});
const [REQUESTS, EVENTS, SECONDS] = [given.requests, given.events, given.seconds].map(Number);
const USERS = 100_000;
const ITEMS = 1000;
const DAY = 86_400_000;
/** Events of one request, in milliseconds. */
const TURN = 20;
/** Before it is measured, in seconds; for the first half of it the rates rise. */
const WARM_UP = 20;
const RISING = (WARM_UP * 1000) / 2;

const below = (limit) => Math.floor(Math.random() * limit);
/** Few users do most. */
const user = () => `u${Math.floor(USERS * Math.random() ** 3)}`;

const CONFIG = `
import { csv, defineConfig, entity, events, every, featureService, featureView, ingest, streaming, t } from "asof";
const user = entity("user", { user_id: t.string() });
const purchases = events("purchases", {
  schema: { order_id: t.string(), user_id: t.string(), at: t.timestamp(), amount: t.float64(), category: t.string() },
  eventTime: "at", availableAt: { delay: "0s" }, id: "order_id", batch: csv("purchases.csv"),
});
const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp(), item: t.string(), seconds: t.float64() },
  eventTime: "at", availableAt: { delay: "0s" }, id: "id", late: "1h", stream: ingest(),
});
const spending = featureView("spending", {
  entity: user, source: purchases, refresh: every("1d", { at: "00:00" }),
  features: ({ count, sum, mean, max, last }) => ({
    purchases: count().overEach("7d", "30d"), spent: sum((p) => p.amount).overEach("7d", "30d"),
    usual: mean((p) => p.amount).over("30d"), largest: max((p) => p.amount).over("30d"), last_category: last((p) => p.category).over("30d"),
  }),
});
const browsing = featureView("browsing", {
  entity: user, source: clicks, refresh: streaming(),
  features: ({ count, sum, max, distinctCount, last }) => ({
    clicks: count().overEach("5m", "1h"), items: distinctCount((c) => c.item).over("1h"), seconds: sum((c) => c.seconds).over("1h"),
    longest: max((c) => c.seconds).over("1h"), last_item: last((c) => c.item).session("30m"), in_session: count().session("30m"),
  }),
});
export const checkout = featureService("checkout", { request: { amount: t.float64() }, features: [spending, browsing] })
  .derive("over_usual", t.float64().nullable(), (f, r) => (f.usual === null ? null : r.amount / f.usual));
export default defineConfig({ services: [checkout]${given.log ? ', servingLog: ".asof/served"' : ""} });
`;

/** As the process that asks. */
async function ask(url) {
  const client = pool(url, 64);
  const late = [];
  let failed = 0;
  let open = 0; // counted, not kept: a hundred thousand promises are work for the collector, and pauses
  const started = performance.now();
  const measured = started + WARM_UP * 1000;
  await openLoop(
    REQUESTS,
    measured + SECONDS * 1000,
    (due) => {
      open++;
      void client.send(post("/v1/features/checkout", `{"input":{"user_id":"${user()}","amount":${below(100)}}}`)).then(({ status }) => {
        open--;
        if (status !== 200) failed++;
        if (due >= measured) late.push(performance.now() - due);
      });
    },
    RISING,
  );
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const sample = await client.send(post("/v1/features/checkout", '{"input":{"user_id":"u1","amount":12}}'), true);
  late.sort((a, b) => a - b);
  const at = (share) => late[Math.max(0, Math.ceil(share * late.length) - 1)];
  process.send({ requests: late.length, failed, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: late.at(-1), sample: sample.body });
  client.close();
}

/** As the process that sends events. */
async function send(url) {
  const client = pool(url, 8);
  const count = Math.round((EVENTS * TURN) / 1000);
  let made = 0;
  let failed = 0;
  const open = new Set();
  await openLoop(
    1000 / TURN,
    performance.now() + (WARM_UP + SECONDS) * 1000,
    () => {
      const at = new Date().toISOString();
      const lines = Array.from(
        { length: count },
        () => `{"id":"s${made++}","user_id":"${user()}","at":"${at}","item":"i${below(ITEMS)}","seconds":${below(1000) / 10}}`,
      );
      const sent = client.send(post("/v1/events/clicks", lines.join("\n"), "application/x-ndjson")).then(({ status }) => {
        if (status !== 200) failed++;
        open.delete(sent);
      });
      open.add(sent);
    },
    RISING,
  );
  await Promise.all(open);
  process.send({ events: made, failed });
  client.close();
}

/** As a server that reads and parses a request, and sends a text as long as an answer. */
async function beBare() {
  const url = await bareServer(JSON.stringify({ text: "a".repeat(3400) }));
  process.on("SIGTERM", () => process.exit(0));
  console.log(JSON.stringify({ url }));
}

const asofServer = (folder, ...command) => listening(folder, join(root, "dist", "cli", "main.js"), ...command, "--port", "0", "--json");

/** A process that listens; resolves once it says where. */
async function listening(folder, ...command) {
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout) {
    text += chunk;
    const line = text.split("\n").find((one) => one.includes('"url"') && one.endsWith("}"));
    if (line === undefined) continue;
    child.stdout.on("data", () => {});
    child.stdout.resume();
    return { child, url: JSON.parse(line).url };
  }
  throw new Error(`asof ${command.join(" ")} ended: ${text}`);
}

async function asof(folder, ...command) {
  const [code] = await once(
    spawn(process.execPath, [join(root, "dist", "cli", "main.js"), ...command], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] }),
    "close",
  );
  if (code !== 0) throw new Error(`asof ${command.join(" ")} ended with ${code}`);
}

/** The resident memory of a process and those it started, in megabytes, and the seconds of processor they used. */
async function usage(pid) {
  const { stdout } = spawn("ps", ["-e", "-o", "pid=,ppid=,rss=,cputimes="]);
  let text = "";
  for await (const chunk of stdout) text += chunk;
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const of = new Set([pid]);
  for (const [own, parent] of rows) if (of.has(parent)) of.add(own);
  const mine = rows.filter(([own]) => of.has(own));
  return { megabytes: Math.round(mine.reduce((sum, [, , rss]) => sum + rss, 0) / 1024), seconds: mine.reduce((sum, [, , , seconds]) => sum + seconds, 0) };
}

function asChild(as, url) {
  const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), "--as", as, "--url", url]);
  return once(child, "message").then(([message]) => message);
}

async function main() {
  await mkdir(join(root, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(root, ".cache", "serving-"));
  const now = Date.now();
  const orders = Array.from(
    { length: 300_000 },
    (_, i) => `o${i},${user()},${new Date(now - below(30 * DAY)).toISOString()},${below(10_000) / 100},c${below(20)}`,
  );
  await writeFile(join(folder, "purchases.csv"), `order_id,user_id,at,amount,category\n${orders.join("\n")}\n`);
  await writeFile(join(folder, "asof.config.ts"), CONFIG);
  await asof(folder, "apply");
  await asof(folder, "materialize");
  const stream = await asofServer(folder, "stream");
  const server = given.bare
    ? await listening(folder, fileURLToPath(import.meta.url), "--as", "bare")
    : await asofServer(folder, "serve", "--processes", given.processes);
  const memory = [];
  const begun = performance.now();
  const look = async () => {
    const [serve, ingest] = await Promise.all([usage(server.child.pid), usage(stream.child.pid)]);
    memory.push({ second: Math.round((performance.now() - begun) / 1000), serve, ingest });
  };
  const watch = setInterval(() => void look(), 10_000);
  const [asked, sent] = await Promise.all([asChild("asker", server.url), asChild("sender", stream.url)]);
  clearInterval(watch);
  const metrics = await (await fetch(`${stream.url}/metrics`)).text();
  const waiting = /^asof_ingest_waiting_records\{[^}]*\} (\d+)/m.exec(metrics)?.[1] ?? null;
  for (const { child } of [server, stream]) {
    child.kill("SIGTERM");
    await once(child, "close");
  }
  if (process.env.KEEP === undefined) await rm(folder, { recursive: true, force: true });
  const result = { ...asked, ...sent, failedEvents: sent.failed, failedRequests: asked.failed, waiting, memory };
  if (given.json) return console.log(JSON.stringify(result));
  const { requests, p50, p90, p99, p999, max } = asked;
  const ms = (x) => `${x.toFixed(1)} ms`;
  console.log(
    `${requests} requests in ${SECONDS} s beside ${sent.events} events: p50 ${ms(p50)}, p90 ${ms(p90)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, max ${ms(max)}`,
  );
  console.log(`requests that failed: ${asked.failed}; requests of events that failed: ${sent.failed}`);
  for (const { second, serve, ingest } of memory)
    console.log(
      `${String(second).padStart(4)} s: serve ${serve.megabytes} MB, ${serve.seconds} s of processor; stream ${ingest.megabytes} MB, ${ingest.seconds} s`,
    );
  console.log(`one of them: ${asked.sample}`);
}

if (given.as === "bare") await beBare();
else if (given.as === "asker") await ask(given.url);
else if (given.as === "sender") await send(given.url);
else await main();
