// How long an event takes from being sent to being served: a probe among a stream of others, at several rates. Three processes: `asof stream`
// takes events over HTTP, a sender sends them at a steady rate, and this one sends probes and reads the store until it sees each.
// Run by hand after a build: node bench/freshness.mjs [--rates 1000,10000,50000] [--seconds 10] [--json]
import { fork, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: given } = parseArgs({
  options: {
    rates: { type: "string", default: "1000,10000,50000" },
    seconds: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
    send: { type: "string" },
    rate: { type: "string" },
  },
});
const TURN = 20;
const ENTITIES = 100_000;

/** As the sender: `rate` events a second in a request every 20 ms, however long answers take; at most 16 requests are open. */
async function send(url, rate) {
  const count = Math.max(1, Math.round((rate * TURN) / 1000));
  let [open, made, skipped, failed] = [0, 0, 0, 0];
  const begun = performance.now();
  for (let turn = 1; ; turn++) {
    if (open < 16) {
      const at = new Date().toISOString();
      const body = Array.from(
        { length: count },
        () => `{"id":"s${made++}","user_id":"u${Math.floor(ENTITIES * Math.random() ** 3)}","at":"${at}","amount":${made % 100}}`,
      ).join("\n");
      open++;
      fetch(`${url}/v1/events/clicks`, { method: "POST", headers: { "content-type": "application/x-ndjson" }, body })
        .then(async (response) => (response.ok ? void (await response.arrayBuffer()) : failed++))
        .catch(() => failed++)
        .finally(() => open--);
    } else skipped += count;
    process.send?.({ made, skipped, failed });
    await sleep(Math.max(0, begun + turn * TURN - performance.now()));
  }
}

const CONFIG = `
import { defineConfig, entity, events, featureService, featureView, ingest, streaming, t } from "asof";
const user = entity("user", { user_id: t.string() });
const clicks = events("clicks", {
  schema: { id: t.string(), user_id: t.string(), at: t.timestamp(), amount: t.float64() },
  eventTime: "at", availableAt: { delay: "0s" }, id: "id", late: "1d", stream: ingest(),
});
const live = featureView("live", {
  entity: user, source: clicks, refresh: streaming(),
  features: ({ count, sum, max }) => ({ n: count().overEach("1h", "1d"), total: sum((c) => c.amount).over("1h"), most: max((c) => c.amount).over("1d"), probes: count().lifetime() }),
});
export const service = featureService("service", { features: [live] });
export default defineConfig({ services: [service] });
`;

const quantile = (sorted, share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];

async function measure(rate, seconds) {
  const folder = await mkdtemp(join(root, ".cache", "freshness-"));
  await writeFile(join(folder, "asof.config.ts"), CONFIG);
  const cli = join(root, "dist", "cli", "main.js");
  await once(spawn(process.execPath, [cli, "apply"], { cwd: folder, stdio: "ignore" }), "close");
  const stream = spawn(process.execPath, [cli, "stream", "--port", "0", "--json"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(stream.stdout, "data");
  const { url } = JSON.parse(
    String(line)
      .split("\n")
      .find((text) => text.includes('"url"')),
  );
  const sender = fork(fileURLToPath(import.meta.url), ["--send", url, "--rate", String(rate)]);
  let sent = { made: 0, skipped: 0, failed: 0 };
  sender.on("message", (counts) => (sent = counts));
  const built = pathToFileURL(join(root, "dist", "index.js")).href;
  const { loadConfig } = await import(pathToFileURL(join(root, "dist", "cli", "load-config.js")).href);
  const { openStore } = await import(built);
  const store = await openStore((await loadConfig(join(folder, "asof.config.ts"))).config, { root: folder });
  const plan = store.plan("service");
  const delays = [];
  await sleep(2000);
  const until = performance.now() + seconds * 1000;
  for (let probe = 1; performance.now() < until; probe++) {
    const begun = performance.now();
    const event = { id: `probe${probe}`, user_id: "probe", at: new Date().toISOString(), amount: 1 };
    const answered = fetch(`${url}/v1/events/clicks`, { method: "POST", body: JSON.stringify(event) });
    for (;;) {
      const [{ values }] = await store.answer(plan, [{ user_id: "probe" }]);
      if (values.probes >= probe) break;
      await new Promise(setImmediate);
    }
    delays.push(performance.now() - begun);
    await (await answered).arrayBuffer();
    await sleep(10);
  }
  const { made, skipped, failed } = sent;
  sender.kill();
  await store.close();
  stream.kill("SIGTERM");
  await once(stream, "close");
  await rm(folder, { recursive: true, force: true });
  delays.sort((a, b) => a - b);
  return { rate, made, skipped, failed, probes: delays.length, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), max: delays.at(-1) };
}

if (given.send !== undefined) await send(given.send, Number(given.rate));
else {
  const results = [];
  for (const rate of given.rates.split(",").map(Number)) {
    const result = await measure(rate, Number(given.seconds));
    results.push(result);
    const { made, skipped, failed, probes, p50, p99, max } = result;
    if (!given.json)
      console.log(
        `${rate} events/s: ${probes} probes served after p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms; ${made} sent, ${skipped} held back, ${failed} requests refused`,
      );
  }
  if (given.json) console.log(JSON.stringify(results));
}
