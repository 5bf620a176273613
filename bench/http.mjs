// What HTTP costs: a bare node:http server that reads and parses a POST and sends a fixed text, beside asof's own layer (routes, ids, traces,
// limits of size and time, metrics) with the same text. Each in a process of its own, under a steady rate, one after the other.
// Run by hand after a build: node bench/http.mjs [--rate 4000] [--seconds 4] [--rounds 5] [--bytes 3400] [--json]
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bareServer } from "./bare-server.mjs";
import { openLoop, pool, post } from "./raw-http.mjs";

const { values: given } = parseArgs({
  options: {
    rate: { type: "string", default: "4000" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "5" },
    bytes: { type: "string", default: "3400" },
    json: { type: "boolean", default: false },
    as: { type: "string" },
  },
});
const [RATE, SECONDS, ROUNDS, BYTES] = [given.rate, given.seconds, given.rounds, given.bytes].map(Number);
const TEXT = JSON.stringify({ text: "a".repeat(BYTES - 11) });
const WARM_UP = 2;

/** Servers by name; each gives its address. */
const SERVERS = {
  "node:http, bare": () => bareServer(TEXT),
  "asof, routes alone": async () => {
    const { serveRoutes } = await import("../dist/serve/http.js");
    const answer = ({ body }) => {
      JSON.parse(body);
      return { text: TEXT };
    };
    const limits = { bodyBytes: 2 ** 20, timeout: 10_000_000 };
    const { url } = await serveRoutes([{ method: "POST", path: "/v1/features/{service}", answer }], limits, { port: 0, host: "127.0.0.1" });
    return url;
  },
};

async function beServer(name) {
  const url = await SERVERS[name]();
  process.on("message", () => process.send(process.cpuUsage()));
  process.on("disconnect", () => process.exit(0));
  process.send(url);
}

/** Asks one server at the rate; gives what a request costs it, and how long answers take. */
async function measured(name) {
  const server = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), "--as", name]);
  const [url] = await once(server, "message");
  const client = pool(url, 64);
  const bytes = post("/v1/features/checkout", '{"input":{"user_id":"u123","amount":33}}');
  const used = async () => {
    server.send("usage");
    const [{ user, system }] = await once(server, "message");
    return user + system;
  };
  const ask = async (seconds) => {
    const late = [];
    const all = [];
    await openLoop(RATE, performance.now() + seconds * 1000, (due) => all.push(client.send(bytes).then(() => late.push(performance.now() - due))));
    await Promise.all(all);
    return late.sort((a, b) => a - b);
  };
  await ask(WARM_UP);
  const before = await used();
  const late = await ask(SECONDS);
  const micros = ((await used()) - before) / late.length;
  client.close();
  server.disconnect();
  await once(server, "exit");
  return { micros, p50: late[Math.floor(late.length / 2)], p99: late[Math.floor(0.99 * late.length)] };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const results = {};
    for (const name of Object.keys(SERVERS)) results[name] = await measured(name);
    rounds.push(results);
  }
  const names = Object.keys(SERVERS);
  const all = names.map((name) => ({ name, ...Object.fromEntries(["micros", "p50", "p99"].map((of) => [of, median(rounds.map((one) => one[name][of]))])) }));
  const ratio = median(rounds.map((one) => one[names[1]].micros / one[names[0]].micros));
  if (given.json) return console.log(JSON.stringify({ rate: RATE, bytes: BYTES, servers: all, ratio }));
  for (const { name, micros, p50, p99 } of all)
    console.log(`${name.padEnd(20)} ${micros.toFixed(1).padStart(6)} us of processor a request, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
  console.log(`asof's layer costs ${ratio.toFixed(2)} times the bare server (medians of ${ROUNDS} rounds, ${RATE} requests/s, ${BYTES} bytes)`);
}

if (given.as === undefined) await main();
else await beServer(given.as);
