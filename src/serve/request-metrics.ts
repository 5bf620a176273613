// What both servers count about requests: how they ended, by route and status.
import { counter, type Cut, type MetricReport } from "./tally.ts";
import type { Exchange } from "./exchange.ts";

/** Ranges of durations, in seconds. */
export const DURATIONS: Cut = { bounds: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], scale: 1 };

/** How a request ended: it was answered, asked wrongly (4xx), or the server failed it (5xx). */
export const OUTCOMES = ["answered", "refused", "failed"] as const;

/** The place of a request's outcome. */
export function outcomeOf({ status }: Exchange): number {
  return status < 400 ? 0 : status < 500 ? 1 : 2;
}

/** The route of requests for what is not there. */
const NOWHERE = "~none";

/** Counts requests by route and status. Both are few: the route is as it is declared, not as it was asked for. */
export function answersByStatus(): { answered(exchange: Exchange): void; report(): MetricReport } {
  const routes = new Map<string, Map<number, number>>();
  return {
    answered: ({ route, status }) => {
      const name = route ?? NOWHERE;
      let counts = routes.get(name);
      if (counts === undefined) routes.set(name, (counts = new Map()));
      counts.set(status, (counts.get(status) ?? 0) + 1);
    },
    report: () => {
      const values = [...routes].flatMap(([route, counts]) => [...counts].map(([status, value]) => ({ labels: { route, status: String(status) }, value })));
      return counter({ name: "asof_http_requests_total", help: "Requests by route and status; 499 is one whose sender went away" }, "sum", values);
    },
  };
}
