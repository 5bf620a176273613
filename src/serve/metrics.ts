// Metrics as Prometheus reads them: those of the process itself, several processes made one, and the text; the only file that knows prom-client.
import type { MetricReport } from "./tally.ts";
import type { Registry } from "prom-client";
import type { HttpAnswer } from "./routes.ts";

/** All metrics of one process at one moment. */
export type Report = readonly MetricReport[];

/** From what reads this process's report: what reads those of all processes that answer as one server. */
export type GatherReports = (own: () => Promise<Report>) => () => Promise<readonly Report[]>;

let ofProcess: Promise<Registry> | null = null;

/** The metrics of the process itself: memory, processor time, garbage collection, delay of the event loop, open files. */
export async function processReport(): Promise<Report> {
  ofProcess ??= import("prom-client").then(({ collectDefaultMetrics, Registry }) => {
    const register = new Registry();
    collectDefaultMetrics({ register });
    return register;
  });
  const metrics = (await (await ofProcess).getMetricsAsJSON()) as unknown as readonly (Omit<MetricReport, "aggregator"> & { readonly aggregator: string })[];
  return metrics.map(({ aggregator, values, ...metric }) => ({
    ...metric,
    aggregator: aggregator === "omit" ? "min" : aggregator, // of several processes, the start is that of the eldest
    values: values.filter(({ value }) => Number.isFinite(value)), // before the first measurement there is none
  })) as unknown as Report;
}

/** Several reports as one. */
export async function merged(reports: readonly Report[]): Promise<Report> {
  return (await registryOf(reports)).getMetricsAsJSON() as unknown as Promise<Report>;
}

/** What `GET /metrics` answers. */
export async function metricsAnswer(reports: readonly Report[]): Promise<HttpAnswer> {
  const registry = await registryOf(reports);
  return { text: await registry.metrics(), contentType: registry.contentType };
}

async function registryOf(reports: readonly Report[]): Promise<Registry> {
  const { AggregatorRegistry } = await import("prom-client");
  return AggregatorRegistry.aggregate(reports as unknown as object[]);
}
