// What the demo found out, for people, and whether it is as it must be.
import { HIGHEST } from "./settings.ts";
import { WARMING } from "./live.ts";
import type { Example } from "./till.ts";
import type { Lived } from "./live.ts";
import type { Score } from "../common/score.ts";
import type { Trained } from "./training.ts";
import type { Written } from "./history.ts";

/** What `asof verify --json` tells, as far as the demo shows it. Times are in microseconds. */
export interface Verified {
  readonly requests: number;
  readonly compared: number;
  readonly notNull: number;
  readonly different: number;
  readonly missing: number;
  readonly views: readonly {
    readonly view: string;
    readonly compared: number;
    readonly lag: {
      readonly requests: number;
      readonly p50: number | null;
      readonly p99: number | null;
      readonly rowsBehind: number;
      readonly requestsBehind: number;
    };
  }[];
}

/** What the demo found out. */
export interface Findings extends Lived {
  readonly history: Written;
  readonly trained: Trained;
  readonly proof: Verified;
  readonly seconds: number;
}

/** What the demo promises at its full size. */
const PROMISED = { values: 1_000_000, events: 200_000, requests: 50_000 } as const;

/** Milliseconds: where half of the requests take longer, the machine is too busy for the load. */
const KEPT_UP = 500;

/** What is not as it must be, a sentence each. `full`: whether the demo ran at its full size. */
export function failures({ proof, loaded, probed, refreshed }: Findings, full: boolean): string[] {
  const { accepted, corrected, unanswered } = loaded.became;
  const answered = WARMING + loaded.requests + probed.asked;
  const rules: readonly (readonly [boolean, string])[] = [
    [proof.compared === 0, "nothing was compared"],
    [proof.different > 0, `${proof.different} served values differ from what the store computes again`],
    [proof.missing > 0, `${proof.missing} lines are missing from the serving log`],
    [proof.requests !== answered, `${answered} requests were answered, but ${proof.requests} were logged`],
    [unanswered > 0 || loaded.failed > 0, `${unanswered} events and ${loaded.failed} requests were not answered`],
    [refreshed.length === 0, "the daily view was not refreshed under load"],
    [full && proof.compared < PROMISED.values, `fewer than ${PROMISED.values} values were compared`],
    [full && accepted + corrected < PROMISED.events, `fewer than ${PROMISED.events} events were taken`],
    [full && loaded.requests < PROMISED.requests, `fewer than ${PROMISED.requests} requests were answered`],
  ];
  return rules.flatMap(([broken, sentence]) => (broken ? [sentence] : []));
}

/** The figures, for programs. Times are in what their names say, those of the lag in microseconds. */
export function figuresOf({ loaded, probed, trained, proof, refreshed, seconds }: Findings): Readonly<Record<string, unknown>> {
  return {
    events: loaded.events,
    became: loaded.became,
    events_per_s: Math.round(loaded.events / loaded.sending_seconds),
    requests: proof.requests,
    requests_per_s: Math.round((loaded.requests + probed.asked) / loaded.seconds),
    p50_ms: loaded.p50_ms,
    p99_ms: loaded.p99_ms,
    delay_p50_ms: probed.delay_p50_ms,
    delay_p99_ms: probed.delay_p99_ms,
    behind_ms: loaded.behind_ms,
    compared: proof.compared,
    not_null: proof.notNull,
    different: proof.different,
    lag: Object.fromEntries(proof.views.map(({ view, lag }) => [view, lag])),
    refreshed,
    auc_evaluated: trained.evaluated.auc,
    precision_evaluated: trained.evaluated.precision,
    auc_served: loaded.served?.auc ?? null,
    precision_served: loaded.served?.precision ?? null,
    seconds,
  };
}

const whole = (n: number): string => n.toLocaleString("en-US");
const scores = (score: Score | null): string => (score === null ? "-" : `${score.auc.toFixed(3)} / ${score.precision.toFixed(3)}`);

/** The summary for people. */
export function summaryText(found: Findings): string {
  const { loaded, probed, trained, proof, refreshed, dead_letters } = found;
  const { accepted, corrected, duplicate, dead, refused } = loaded.became;
  const run = refreshed.map(({ tick, written }) => `as of ${tick}, ${whole(written)} users changed`).join("; ");
  const highest = `${HIGHEST * 100} %`;
  return [
    "",
    ...(loaded.example === null ? [] : exampleLines(loaded.example)),
    "",
    `Will a checkout be charged back within two weeks? AUC / precision among the ${highest} ranked highest`,
    `  as evaluated   ${scores(trained.evaluated)}   on ${whole(trained.test)} past checkouts, ${whole(trained.charged_back)} of them charged back`,
    `  as served      ${scores(loaded.served)}   on ${whole(loaded.checkouts)} live checkouts, ${whole(loaded.charged_back)} of them to be charged back`,
    "",
    `  training set   ${whole(trained.rows)} checkouts x ${trained.features} features: ${whole(trained.train)} to train, ${whole(trained.embargo)} in the embargo, ${whole(trained.test)} to test; ${whole(trained.immature)} too young`,
    `  events         ${whole(loaded.events)} sent, ${whole(Math.round(loaded.events / loaded.sending_seconds))}/s: ${whole(accepted)} accepted, ${whole(corrected)} corrected, ${whole(duplicate)} duplicates, ${whole(dead)} dead letters (${whole(dead_letters)} kept), ${whole(refused)} refused`,
    `  requests       ${whole(loaded.requests)}, ${whole(Math.round(loaded.requests / loaded.seconds))}/s: p50 ${loaded.p50_ms.toFixed(1)} ms, p99 ${loaded.p99_ms.toFixed(1)} ms; ${whole(probed.asked)} more by the probe`,
    ...(loaded.p50_ms > KEPT_UP
      ? ["                 this machine did not keep up: they waited, so that checkouts were judged late, by another time than they are learnt from"]
      : []),
    `  fresh          ${whole(probed.probes)} probes, from an event sent to an answer with it: p50 ${probed.delay_p50_ms.toFixed(1)} ms, p99 ${probed.delay_p99_ms.toFixed(1)} ms`,
    `  refresh        ${run} while requests were answered`,
    `  proof          ${whole(proof.compared)} served values recomputed from files and log (${whole(proof.notNull)} not null): ${whole(proof.different)} differ`,
    ...proof.views.map(lagLine),
    `  in all         ${found.seconds.toFixed(0)} s`,
    "",
  ].join("\n");
}

function lagLine({ view, lag }: Verified["views"][number], i: number): string {
  const age = lag.p50 === null || lag.p99 === null ? "" : `, as of p50 ${(lag.p50 / 1e6).toFixed(3)} s, p99 ${(lag.p99 / 1e6).toFixed(3)} s before`;
  return `  ${(i === 0 ? "lag" : "").padEnd(15)}${view.padEnd(10)}${whole(lag.rowsBehind)} rows that had come, but were not in it, in ${whole(lag.requestsBehind)} of ${whole(lag.requests)} answers${age}`;
}

/** Of the features, some of each kind. */
const SHOWN: Readonly<Record<string, string>> = {
  purchases_30d: "precomputed",
  usual_amount: "precomputed",
  dearest_purchase: "precomputed",
  items_in_session: "live",
  basket_worth: "live",
  events_in_session_1m: "live",
  sessions_1h: "live",
  amount_over_usual: "request time",
  seconds_for_each: "request time",
};

/** An answer that mixes the kinds, as a table. */
function exampleLines({ input, score, at, values, status, asOf, eventTime }: Example): string[] {
  const text = (value: unknown): string => (typeof value === "number" ? String(Number(value.toPrecision(6))) : JSON.stringify(value));
  const rows = Object.entries(SHOWN).map(([name, kind]) => [name, kind, text(values[name]), status[name] ?? "", asOf[name] ?? "-", eventTime[name] ?? "-"]);
  const table = [["feature", "", "value", "status", "as of", "newest event"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length))) ?? [];
  const line = (row: readonly string[]): string => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  return [`One answer: ${JSON.stringify(input)} at ${at}, score ${score.toFixed(4)}`, ...table.map(line)];
}
