// What a server of features counts: requests by outcome, values by status, how old what was served is; and how fresh the views are.
import { isUnreachable } from "../errors.ts";
import { asOfRead, type Answer, type ViewRead } from "../online/answer.ts";
import { answersByStatus, DURATIONS, outcomeOf, OUTCOMES } from "./request-metrics.ts";
import { counter, gauge, Histogram, Tally, type Cut, type MetricReport, type Sample } from "./tally.ts";
import { processReport, type Report } from "./metrics.ts";
import { SECOND, type Micros } from "../time.ts";
import { STATUSES, type Status } from "../define/answer.ts";
import type { Exchange } from "./exchange.ts";
import type { Freshness } from "../online/freshness.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Store } from "../feature-store.ts";

/** The view of features that are derived at request time: no view is called so. */
const DERIVED = "~derived";
const AGES: Cut = { bounds: [0.01, 0.1, 1, 10, 60, 600, 3600, 21_600, 86_400, 172_800, 604_800, 2_592_000, 31_536_000], scale: SECOND };
const STATUS_PLACE: Readonly<Record<Status, number>> = Object.fromEntries(STATUSES.map((status, i) => [status, i])) as Record<Status, number>;

/** Counts answers of one service. */
export type CountAnswer = (answer: Answer) => void;

/** The metrics of a server of features. */
export interface FeatureMetrics {
  /** What counts the answers of a service, compiled once. */
  counter(plan: ServicePlan): CountAnswer;
  answered(exchange: Exchange): void;
  /** All metrics of this process, as of now. */
  report(): Promise<Report>;
}

/** Begins to count. */
export function featureMetrics(store: Store): FeatureMetrics {
  const services = store.services.map(({ name }) => name);
  const views = [...new Set(store.services.flatMap((plan) => plan.views.map(({ view }) => view.name)))];
  const requests = answersByStatus();
  const durations = new Histogram(
    { name: "asof_request_duration_seconds", help: "Requests for features: from the first byte in to the last byte out" },
    DURATIONS,
    services.flatMap((service) => OUTCOMES.map((outcome) => ({ service, outcome }))),
  );
  const values = new Tally(
    { name: "asof_feature_values_total", help: "Feature values that were served" },
    [...views, DERIVED].flatMap((view) => STATUSES.map((status) => ({ view, status }))),
  );
  const ofViews = views.map((view) => ({ view }));
  const ages = new Histogram(
    { name: "asof_age_seconds", help: "T less the as-of of the view as it was served, once for each row of an answer" },
    AGES,
    ofViews,
  );
  const eventAges = new Histogram(
    { name: "asof_event_age_seconds", help: "T less the newest event time of a value as it was served, once for each value that has one" },
    AGES,
    ofViews,
  );
  return {
    counter: (plan) => {
      const placeOf = plan.views.map(({ view }) => views.indexOf(view.name));
      const outputs = plan.outputs.map(({ view }) => (view === null ? views.length : (placeOf[view] as number)));
      return ({ row: { at, runs, status, eventTime } }) => {
        for (let i = 0; i < outputs.length; i++) {
          const place = outputs[i] as number;
          values.add(place * STATUSES.length + STATUS_PLACE[status[i] as Status]);
          const newest = eventTime[i] as Micros | null;
          if (newest !== null) eventAges.observe(place, at - newest);
        }
        for (let i = 0; i < placeOf.length; i++) {
          const asOf = asOfRead(runs[i] as ViewRead);
          if (asOf !== null) ages.observe(placeOf[i] as number, at - asOf);
        }
      };
    },
    answered: (exchange) => {
      requests.answered(exchange);
      const service = exchange.part === "service" && exchange.method === "POST" ? services.indexOf(exchange.name) : -1;
      if (service >= 0) durations.observe(service * OUTCOMES.length + outcomeOf(exchange), exchange.seconds);
    },
    report: async () => {
      const fresh = await store.freshness().catch((error: unknown) => {
        if (isUnreachable(error)) return null;
        throw error;
      });
      return [
        durations.report(),
        requests.report(),
        ...[values, ages, eventAges].map((metric) => metric.report()),
        gauge({ name: "asof_processes", help: "Processes that answer as this server" }, "sum", [{ labels: {}, value: 1 }]),
        ...servingLog(store),
        gauge({ name: "asof_online_store_reachable", help: "1 where the online store answers" }, "max", [{ labels: {}, value: fresh === null ? 0 : 1 }]),
        ...freshness(fresh ?? []),
        ...(await processReport()),
      ];
    },
  };
}

function servingLog(store: Store): MetricReport[] {
  const state = store.logState();
  const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ labels: {}, value }]);
  return [
    counter({ name: "asof_serving_log_written_total", help: "Requests that were written to the serving log" }, "sum", one(state?.written)),
    counter({ name: "asof_serving_log_lost_total", help: "Requests that could not be written to the serving log" }, "sum", one(state?.lost)),
  ];
}

/** Every process sees the same store, so that of several values the newest counts. */
function freshness(views: readonly Freshness[]): MetricReport[] {
  const each = (name: string, help: string, valueOf: (view: Freshness) => number | null | undefined): MetricReport =>
    gauge(
      { name, help },
      "max",
      views.flatMap((fresh) => {
        const value = valueOf(fresh) ?? null;
        return value === null ? [] : [{ labels: { view: fresh.view }, value }];
      }),
    );
  const runOf = (fresh: Freshness): Extract<Freshness, { kind: "every" }>["run"] => (fresh.kind === "every" ? fresh.run : null);
  return [
    each("asof_view_as_of_timestamp_seconds", "As of when requests are answered: the tick of the run, or up to when events are absorbed", (fresh) => {
      const asOf = fresh.kind === "every" ? fresh.move?.tick : fresh.absorbed?.upTo;
      return asOf === undefined ? null : asOf / SECOND;
    }),
    each("asof_view_published_timestamp_seconds", "Since when requests are answered with this run", (fresh) =>
      fresh.kind === "every" && fresh.move !== null ? fresh.move.from / SECOND : null,
    ),
    each("asof_view_run", "The number of the run that requests are answered with", (fresh) => runOf(fresh)?.run),
    each("asof_view_run_duration_seconds", "How long that run took", (fresh) => {
      const run = runOf(fresh);
      return run === null ? null : (run.finishedAt - run.startedAt) / SECOND;
    }),
    each("asof_view_run_entities", "Entities with a row in that run", (fresh) => runOf(fresh)?.entities),
    each("asof_view_absorbed_bytes", "Up to where in its log a streaming view has absorbed events", (fresh) =>
      fresh.kind === "streaming" ? fresh.absorbed?.end : null,
    ),
  ];
}
