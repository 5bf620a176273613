// What a server of events counts: events by what became of them, how long they took to be safe and to be seen, and how each log fares.
import { answersByStatus, DURATIONS } from "./request-metrics.ts";
import { counter, gauge, Histogram, Tally, type Cut, type MetricReport } from "./tally.ts";
import { monotonic, SECOND, systemClock } from "../time.ts";
import { processReport, type Report } from "./metrics.ts";
import type { Exchange } from "./exchange.ts";
import type { Outcome } from "../stream/intake.ts";
import { lastPosition, type BuildState, type SourceState, type Stream } from "../stream/stream.ts";

const BECAME: readonly Outcome["status"][] = ["accepted", "corrected", "duplicate", "outdated", "dead", "refused"];
const BATCHES: Cut = { bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000], scale: 1 };

/** The metrics of a server of events. */
export interface IngestMetrics {
  answered(exchange: Exchange): void;
  /** Counts what became of the events of a request that began at `started` (see `monotonic`). */
  taken(source: string, outcomes: readonly Outcome[], started: number): void;
  report(): Promise<Report>;
}

/** Begins to count. */
export function ingestMetrics(stream: Stream): IngestMetrics {
  const { sources } = stream;
  const labels = sources.map((source) => ({ source }));
  const requests = answersByStatus();
  const events = new Tally(
    { name: "asof_ingest_events_total", help: "Events that were sent, by what became of them" },
    sources.flatMap((source) => BECAME.map((outcome) => ({ source, outcome }))),
  );
  const sizes = new Histogram({ name: "asof_ingest_batch_events", help: "Events of one request" }, BATCHES, labels);
  const safe = new Histogram({ name: "asof_ingest_acknowledge_seconds", help: "From the body of a request to its events on disk" }, DURATIONS, labels);
  const seen = new Histogram(
    { name: "asof_ingest_visible_seconds", help: "From the body of a request to its events seen by readers; one request at a time is followed" },
    DURATIONS,
    labels,
  );
  const followed = new Set<string>();
  const follow = (source: string, outcomes: readonly Outcome[], started: number): void => {
    const position = lastPosition(outcomes.filter(({ status }) => status === "accepted" || status === "corrected"));
    if (position < 0 || followed.has(source)) return;
    followed.add(source);
    void stream.visible(source, position).then(() => {
      followed.delete(source);
      seen.observe(sources.indexOf(source), monotonic() - started);
    });
  };
  return {
    answered: requests.answered,
    taken: (source, outcomes, started) => {
      const place = sources.indexOf(source);
      for (const { status } of outcomes) events.add(place * BECAME.length + BECAME.indexOf(status));
      sizes.observe(place, outcomes.length);
      safe.observe(place, monotonic() - started);
      follow(source, outcomes, started);
    },
    report: async () => [
      ...[events, sizes, safe, seen].map((metric) => metric.report()),
      requests.report(),
      ...logs(stream.state()),
      ...(await processReport()),
    ],
  };
}

function most(building: SourceState["building"], lackOf: (view: BuildState) => number): number {
  return Math.max(0, ...building.map(lackOf));
}

function logs(states: readonly SourceState[]): MetricReport[] {
  const now = systemClock.now();
  const each = (valueOf: (state: SourceState) => number): MetricReport["values"] =>
    states.flatMap((state) => {
      const value = valueOf(state);
      return Number.isFinite(value) ? [{ labels: { source: state.source }, value }] : [];
    });
  const one = (name: string, help: string, valueOf: (state: SourceState) => number): MetricReport => gauge({ name, help }, "max", each(valueOf));
  return [
    one("asof_ingest_log_bytes", "The end of the log", ({ end }) => end),
    one("asof_ingest_queued_bytes", "Events that wait to be written", ({ queuedBytes }) => queuedBytes),
    one("asof_ingest_waiting_records", "Records that are in the log, but not in the states yet", ({ waiting }) => waiting),
    one("asof_ingest_building_views", "Views whose states are brought up to the end of the log", ({ building }) => building.length),
    one("asof_ingest_unbuilt_rows", "Rows of the history that the view with the fewest lacks", ({ history, building }) =>
      most(building, ({ rows }) => (rows === null ? Number.NaN : (history ?? 0) - rows)),
    ),
    one("asof_ingest_unbuilt_bytes", "Bytes of the log that the view with the fewest lacks, of those that are built", ({ end, building }) =>
      most(building, ({ absorbed }) => end - absorbed),
    ),
    one("asof_ingest_watermark_lag_seconds", "The clock's now less the moment before which readers see all events", ({ upTo }) => (now - upTo) / SECOND),
    one("asof_ingest_problem", "1 while a log cannot be absorbed, as GET /ready says", ({ problem }) => (problem === null ? 0 : 1)),
    counter(
      { name: "asof_ingest_dead_letters_total", help: "Events that were set aside, ever" },
      "max",
      each(({ deadLetters }) => deadLetters),
    ),
  ];
}
