// The load: the shop's events go to `asof stream` while features are asked of `asof serve`, each at a rate that rises, then stays, however long answers take.
// By hand, beside both: node --import jiti/register examples/shop/load.ts --events 200000 --rate 3000 --requests 60000
import { Agent } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { agenda } from "./agenda.ts";
import { chanceOf, type Chance } from "./chance.ts";
import { deliveriesOf, type Delivery } from "./mishaps.ts";
import { dueAfter } from "./opening.ts";
import { HIGHEST, LOAD, MODEL, SHOP } from "./settings.ts";
import { progressOn } from "../common/progress.ts";
import { percentile, score, type Score } from "../common/score.ts";
import { readFlags } from "../common/flags.ts";
import { senderTo, type Sender, type Tally } from "./sender.ts";
import { shopOf } from "./people.ts";
import { tillAt, type Example, type Till } from "./till.ts";
import { trafficOf, type BasketEvent, type Traffic, type Visitor } from "./traffic.ts";
import type { Logistic } from "./logistic.ts";

/** What the load found out. */
export interface Loaded {
  readonly events: number;
  readonly became: Tally;
  readonly requests: number;
  readonly failed: number;
  readonly checkouts: number;
  readonly charged_back: number;
  /** From the first event to the last, and to the last answer. */
  readonly sending_seconds: number;
  readonly seconds: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** The furthest that the load itself was behind its own clock. */
  readonly behind_ms: number;
  /** Null without a model, or where nothing, or everything, is charged back. */
  readonly served: Score | null;
  readonly example: Example | null;
}

/** So many connections to each server, as a pool of a caller would have; what finds none free waits, and that is part of its latency. */
const CONNECTIONS = 32;
/** Milliseconds between two batches of events, which carry what became due. */
const TURN = 15;

/** Gives what is to be sent next: mishaps and checkouts whose time has come, then what goes on in the shop. */
function rowsOf(traffic: Traffic, chance: Chance): { take(now: number): Delivery["row"]; put(event: BasketEvent, now: number): void } {
  const later = agenda<Delivery["row"]>();
  const put = (event: BasketEvent, now: number): void => {
    for (const { at, row } of deliveriesOf(event, now, chance)) later.put(at, row);
  };
  const take = (now: number): Delivery["row"] => {
    for (;;) {
      const row = later.take(now);
      if (row !== undefined) return row;
      put(traffic.event(now), now);
    }
  };
  return { take, put };
}

/** Sends and asks until all is sent, and answered. */
async function drive(
  sizes: { readonly events: number; readonly rate: number; readonly requests: number },
  traffic: Traffic,
  sender: Sender,
  till: Till,
): Promise<Pick<Loaded, "behind_ms" | "sending_seconds" | "seconds">> {
  const progress = progressOn(process.stderr, "load");
  const rows = rowsOf(traffic, chanceOf(SHOP.seed + 3));
  const open = new Set<Promise<void>>();
  const watch = (work: Promise<void>): void => {
    open.add(work);
    void work.finally(() => open.delete(work));
  };
  const checkout = async (visitor: Visitor, due: number): Promise<void> => {
    await till.ask(visitor, due, true);
    rows.put(traffic.checkout(visitor, Date.now()), Date.now());
  };
  const { events, rate, requests } = sizes;
  let [sent, asked, behind] = [0, 0, 0];
  const begun = performance.now();
  for (let turn = 1; sent < events; turn++) {
    const due = begun + turn * TURN;
    await sleep(Math.max(0, due - performance.now()));
    behind = Math.max(behind, performance.now() - due);
    const upTo = Math.min(events, Math.floor(dueAfter((performance.now() - begun) / 1000, rate)));
    const batch: Delivery["row"][] = [];
    for (; sent < upTo; sent++) batch.push(rows.take(Date.now()));
    if (batch.length > 0) watch(sender.send(batch));
    for (let visitor = traffic.waiting(); visitor !== undefined; visitor = traffic.waiting(), asked++) watch(checkout(visitor, due));
    for (const share = (requests * sent) / events; asked < share; asked++) {
      const visitor = traffic.anybody();
      if (visitor !== undefined) watch(till.ask(visitor, due, false));
    }
    if (turn % 64 === 0) progress.part(sent / events, `${sent} events sent, ${till.latencies.length} requests answered`);
  }
  const elapsed = (): number => (performance.now() - begun) / 1000;
  const sending = elapsed();
  await Promise.all(open);
  return { behind_ms: behind, sending_seconds: sending, seconds: elapsed() };
}

async function load(): Promise<Loaded> {
  const flags = readFlags({ ...LOAD, ...SHOP, run: `l${Date.now().toString(36)}`, stream: "http://127.0.0.1:7601", server: "http://127.0.0.1:7600" });
  const model = existsSync(MODEL) ? (JSON.parse(readFileSync(MODEL, "utf8")) as Logistic) : null;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const sender = senderTo(flags.stream, agent);
  const till = tillAt(flags.server, agent, model, chanceOf(flags.seed + 4));
  const traffic = trafficOf(shopOf(SHOP.seed, flags.users), flags.run, chanceOf(flags.seed + 2));
  const times = await drive(flags, traffic, sender, till);
  agent.destroy();
  const { scores, outcomes } = till;
  const latencies = Float64Array.from(till.latencies).sort();
  const charged = outcomes.reduce((sum, one) => sum + one, 0);
  return {
    events: flags.events,
    became: { ...sender.tally },
    requests: latencies.length,
    failed: till.failed(),
    checkouts: outcomes.length,
    charged_back: charged,
    ...times,
    p50_ms: percentile(latencies, 0.5),
    p99_ms: percentile(latencies, 0.99),
    served: charged === 0 || charged === outcomes.length ? null : score(Float64Array.from(scores), Float64Array.from(outcomes), HIGHEST),
    example: till.example(),
  };
}

process.stdout.write(`${JSON.stringify(await load())}\n`);
