// What the demo found out, as a table for people and as one line of JSON for programs.
import type { Scores } from "./training-worker.ts";

/** The three ways of training, and the notebook again without the leak of the label's own row. */
export type Way = "notebook" | "notebook_without_own_row" | "event_time" | "point_in_time";

/** What the demo found out. `compared` to `rows_behind` are from `asof verify`. */
export interface Findings {
  readonly training_rows: number;
  readonly features: number;
  readonly rows_per_s: number;
  readonly models: Readonly<Record<Way, Scores>>;
  readonly refresh_runs: number;
  readonly requests: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly compared: number;
  readonly not_null: number;
  readonly different: number;
  /** Flights of the entity that landed between the tick and the request that it answered, summed over requests and views. */
  readonly rows_behind: number;
  /** Values of June's training set, as of the recorded refreshes, that differ from what was served. */
  readonly training_different: number;
  /** What the second service last told the people at a gate. */
  readonly briefing: Readonly<Record<string, unknown>>;
  readonly seconds: number;
}

const NAMES: Readonly<Record<Way, string>> = {
  notebook: "notebook: same day, whole",
  notebook_without_own_row: "  the same, less the label's own row",
  event_time: "event time only",
  point_in_time: "both clocks (asof)",
};

/** The summary for people. */
export function summaryText(found: Findings): string {
  const whole = (n: number): string => n.toLocaleString("en-US");
  const three = (n: number): string => n.toFixed(3);
  const rows = (Object.keys(NAMES) as Way[]).map((way) => {
    const { evaluated, served } = found.models[way];
    return `  ${NAMES[way].padEnd(38)}${three(evaluated.auc)} / ${three(evaluated.precision)}      ${three(served.auc)} / ${three(served.precision)}`;
  });
  return [
    "",
    `Will a flight be more than 15 minutes late? June 2001, AUC / precision among the fifth ranked highest`,
    `  ${"trained on".padEnd(38)}${"as evaluated".padEnd(19)}as served`,
    ...rows,
    "",
    `  training set   ${whole(found.training_rows)} rows x ${found.features} features, ${whole(found.rows_per_s)} rows/s`,
    `  serving        ${whole(found.requests)} requests over HTTP, p50 ${found.p50_ms.toFixed(2)} ms, p99 ${found.p99_ms.toFixed(2)} ms, beside ${whole(found.refresh_runs)} refresh runs`,
    `  proof          ${whole(found.compared)} served values recomputed from the source (${whole(found.not_null)} not null): ${whole(found.different)} differ`,
    `  lag            ${whole(found.rows_behind)} landings between a refresh and a request that it answered, over all requests and views: shown apart, never compared`,
    `  training set of the same requests, by the recorded refreshes: ${whole(found.training_different)} values differ from those served`,
    `  a briefing at a gate, of the same views: ${JSON.stringify(found.briefing)}`,
    `  in all         ${found.seconds.toFixed(0)} s`,
    "",
  ].join("\n");
}
