// The probe: how long an event takes from being sent until an answer shows it, both over HTTP, one probe after another.
// By hand: node --import jiti/register examples/shop/probe.ts --probes 300 --stream http://127.0.0.1:7601 --server http://127.0.0.1:7600
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../common/score.ts";
import { postJson } from "../common/http.ts";
import { readFlags } from "../common/flags.ts";
import type { BasketEvent } from "./traffic.ts";
import type { Served } from "./till.ts";

/** What the probe found out. */
export interface Probed {
  readonly probes: number;
  /** How often it asked. */
  readonly asked: number;
  readonly delay_p50_ms: number;
  readonly delay_p99_ms: number;
  readonly delay_max_ms: number;
}

/** Milliseconds after which an event that is not seen is an error. */
const GIVEN_UP = 30_000;

const flags = readFlags({ probes: 300, pause: 150, run: `p${Date.now().toString(36)}`, stream: "http://127.0.0.1:7601", server: "http://127.0.0.1:7600" });
const agent = new Agent({ keepAlive: true });
const delays = new Float64Array(flags.probes);
let asked = 0;

for (let probe = 0; probe < flags.probes; probe++) {
  const session = `${flags.run}-${probe}`;
  const event: BasketEvent = {
    event_id: `${session}-0`,
    session_id: session,
    user_id: `${flags.run}-user`,
    at: new Date().toISOString(),
    kind: "add",
    item_id: "i0",
    category: "snacks",
    price: 1,
  };
  const begun = performance.now();
  const sent = postJson(`${flags.stream}/v1/events/basket_events`, agent, event);
  for (let seen = false; !seen; asked++) {
    const { values } = await postJson<Served>(`${flags.server}/v1/features/checkout`, agent, {
      input: { user_id: event.user_id, session_id: session, amount: 1 },
    });
    seen = values["adds"] === 1;
    if (!seen && performance.now() - begun > GIVEN_UP) throw new Error(`the event of ${session} was not served within ${GIVEN_UP} ms`);
  }
  delays[probe] = performance.now() - begun;
  await sent;
  await sleep(flags.pause);
}
agent.destroy();
delays.sort();
const probed: Probed = {
  probes: flags.probes,
  asked,
  delay_p50_ms: percentile(delays, 0.5),
  delay_p99_ms: percentile(delays, 0.99),
  delay_max_ms: percentile(delays, 1),
};
process.stdout.write(`${JSON.stringify(probed)}\n`);
