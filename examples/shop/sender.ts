// Sends events to `asof stream`, and counts what became of them.
import type { Agent } from "node:http";
import { post } from "../common/http.ts";

const OUTCOMES = ["accepted", "corrected", "duplicate", "outdated", "dead", "refused"] as const;

/** How many events became what; `unanswered` are those of requests that were not answered with it. */
export type Tally = Record<(typeof OUTCOMES)[number] | "unanswered", number>;

/** Sends events, one a line, many in a request. */
export interface Sender {
  readonly tally: Readonly<Tally>;
  send(events: readonly object[]): Promise<void>;
}

/** A sender to the source of basket events. */
export function senderTo(server: string, agent: Agent): Sender {
  const tally: Tally = { accepted: 0, corrected: 0, duplicate: 0, outdated: 0, dead: 0, refused: 0, unanswered: 0 };
  return {
    tally,
    send: async (events) => {
      try {
        const lines = events.map((event) => JSON.stringify(event)).join("\n");
        const { status, body } = await post(`${server}/v1/events/basket_events`, agent, lines, "application/x-ndjson");
        if (status !== 200 && status !== 422) throw new Error(`the server of events answered ${status}: ${body}`);
        const answer = JSON.parse(body) as Readonly<Record<string, number>>;
        for (const outcome of OUTCOMES) tally[outcome] += answer[outcome] ?? 0;
      } catch (error) {
        if (tally.unanswered === 0) process.stderr.write(`${String(error)}\n`);
        tally.unanswered += events.length;
      }
    },
  };
}
