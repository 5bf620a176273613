// What the two servers tell of themselves, read from their metrics.

/** How a project fares. Counts are since the servers were started. */
export interface Measures {
  readonly events: number;
  /** Of these, set aside or refused. */
  readonly unusable: number;
  readonly requests: number;
  readonly refused: number;
  /** Seconds by which readers lag behind the events, at most; null where no source takes any. */
  readonly lag: number | null;
  /** As of when each view is answered, in seconds since 1970. */
  readonly asOf: ReadonlyMap<string, number>;
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A server that does not answer by then tells nothing, in milliseconds. */
const PATIENCE = 2000;

/** Asks both servers; null where one does not answer. */
export async function measure(features: string, events: string): Promise<Measures | null> {
  try {
    const [served, taken] = await Promise.all([scrape(features), scrape(events)]);
    const lags = taken.filter(({ name }) => name === "asof_ingest_watermark_lag_seconds").map(({ value }) => value);
    return {
      events: sum(taken, "asof_ingest_events_total"),
      unusable: sum(taken, "asof_ingest_events_total", ["dead", "refused"]),
      requests: sum(served, "asof_request_duration_seconds_count"),
      refused: sum(served, "asof_request_duration_seconds_count", ["refused", "failed"]),
      lag: lags.length === 0 ? null : Math.max(...lags),
      asOf: new Map(served.filter(({ name }) => name === "asof_view_as_of_timestamp_seconds").map(({ labels, value }) => [labels["view"] ?? "", value])),
    };
  } catch {
    return null; // it is being started again
  }
}

async function scrape(url: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(PATIENCE) });
  return samples(await response.text());
}

function sum(all: readonly Sample[], metric: string, outcomes?: readonly string[]): number {
  const counted = all.filter(({ name, labels }) => name === metric && (outcomes?.includes(labels["outcome"] ?? "") ?? true));
  return counted.reduce((total, { value }) => total + value, 0);
}

/** Lines of Prometheus' text: `name{label="value"} 1`. */
function samples(text: string): Sample[] {
  return text.split("\n").flatMap((line): Sample[] => {
    const parts = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (parts === null) return [];
    const [, name = "", labels = "", value = ""] = parts;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = "", held = ""]): [string, string] => [label, held]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}
