// The server that takes events: a process of its own, so that what it does never delays an answer.
import { type AsofError, RequestError } from "../errors.ts";
import { formatTime, monotonic } from "../time.ts";
import { ingestMetrics, type IngestMetrics } from "./ingest-metrics.ts";
import { ingestOpenApi } from "./ingest-openapi.ts";
import { metricsAnswer } from "./metrics.ts";
import { parseBody } from "./wire.ts";
import { serveRoutes, type Serving } from "./http.ts";
import type { HttpRequest, Route } from "./routes.ts";
import type { Outcome } from "../stream/intake.ts";
import type { ServeOptions } from "./server.ts";
import { lastPosition, type SourceState, type Stream } from "../stream/stream.ts";
import type { Config } from "../define/config.ts";

/** What `POST /v1/events/{source}` answers. */
export interface IngestAnswer {
  readonly accepted: number;
  readonly corrected: number;
  readonly duplicate: number;
  readonly outdated: number;
  readonly dead: number;
  readonly refused: number;
  /** Each event that was neither accepted nor corrected, by its place from 1. */
  readonly others: readonly {
    readonly event: number;
    readonly status: Outcome["status"];
    readonly code?: string;
    readonly message?: string;
    readonly cure?: string;
  }[];
  /** The time that the log gave to events of this request; null where it took none. */
  readonly available: string | null;
}

/**
 * Takes events over HTTP: `POST /v1/events/{source}` (one, a list, or one a line; `?wait=visible` answers once readers see them),
 * `GET /v1/streams`, `/health`, `/ready`, `/metrics`, `/openapi.json`. The stream stays open when the server is closed. Throws a `UsageError` if it cannot listen.
 */
export async function serveIngest(
  stream: Stream,
  config: Config,
  { port = 7601, host = "127.0.0.1", onDefect, log }: Omit<ServeOptions, "gather"> = {},
): Promise<Serving> {
  const metrics = ingestMetrics(stream);
  const limits = { bodyBytes: config.ingest.bodyBytes, timeout: config.limits.timeout };
  const serving = await serveRoutes(routesOf(stream, metrics), limits, { port, host, onDefect, log, onAnswered: metrics.answered });
  await stream.announce(serving.url);
  return serving;
}

function routesOf(stream: Stream, metrics: IngestMetrics): Route[] {
  return [
    {
      method: "POST",
      path: "/v1/events/{source}",
      answer: async (request) => {
        const { events, isOne } = eventsIn(request);
        const outcomes = await take(stream, metrics, request, events);
        const answer = ingestAnswer(outcomes);
        if (answer.refused < outcomes.length || outcomes.length === 0) return { json: answer };
        const [{ error }] = outcomes as readonly [Extract<Outcome, { status: "refused" }>];
        if (isOne || error.code === "INGEST_CANNOT_WRITE") throw error;
        return { status: 422, json: answer };
      },
    },
    { method: "GET", path: "/v1/streams", answer: () => ({ json: { streams: stream.state().map(tell) } }) },
    { method: "GET", path: "/openapi.json", answer: () => ({ json: ingestOpenApi(stream.definitions) }) },
    { method: "GET", path: "/metrics", answer: async () => metricsAnswer([await metrics.report()]) },
    { method: "GET", path: "/health", answer: () => ({ json: { status: "ok" } }) },
    {
      method: "GET",
      path: "/ready",
      answer: () => {
        const problems = stream.state().flatMap(({ source, problem }) => (problem === null ? [] : [`source ${source}: ${problem}`]));
        return { status: problems.length === 0 ? 200 : 503, json: { ready: problems.length === 0, problems } };
      },
    },
  ];
}

async function take(stream: Stream, metrics: IngestMetrics, request: HttpRequest, events: readonly unknown[]): Promise<readonly Outcome[]> {
  const started = monotonic();
  const { name, body } = request;
  const visible = isVisible(request);
  const outcomes = await stream.ingest(name, events, { bytes: body.length });
  metrics.taken(name, outcomes, started);
  if (visible) await stream.visible(name, lastPosition(outcomes));
  return outcomes;
}

function isVisible({ query }: HttpRequest): boolean {
  const { wait } = query;
  if (wait === undefined || wait === "visible") return wait === "visible";
  throw new RequestError({
    code: "REQUEST_BAD_VALUE",
    what: `there is nothing to wait for called '${wait}'`,
    where: "query, wait",
    cure: "Write wait=visible, or leave it out",
  });
}

/** The events of a body: an object, a list of them, or one object a line. Throws a `RequestError`. */
function eventsIn({ body, contentType }: HttpRequest): { readonly events: readonly unknown[]; readonly isOne: boolean } {
  const text = body.trim();
  if (text === "")
    throw new RequestError({ code: "REQUEST_NO_EVENTS", what: "the body is empty", where: "body", cure: "Send an event, a list of events, or one a line" });
  const isLines = /ndjson|jsonl/.test(contentType) || (text.startsWith("{") && /\}\s*\n\s*\{/.test(text));
  if (!isLines) {
    const json = parseBody(text);
    return Array.isArray(json) ? { events: json as readonly unknown[], isOne: false } : { events: [json], isOne: true };
  }
  const events = text.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [parseLine(line, i + 1)]));
  return { events, isOne: false };
}

function parseLine(line: string, number: number): unknown {
  try {
    return parseBody(line);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { code, what, cure } = error;
    throw new RequestError({ code, what, where: `body, line ${number}`, ...(cure === undefined ? {} : { cure }) }, { cause: error });
  }
}

/** What is answered about events. */
export function ingestAnswer(outcomes: readonly Outcome[]): IngestAnswer {
  const counts = { accepted: 0, corrected: 0, duplicate: 0, outdated: 0, dead: 0, refused: 0 };
  let available: string | null = null;
  const others = outcomes.flatMap((outcome, i): IngestAnswer["others"][number][] => {
    counts[outcome.status]++;
    if (outcome.status === "accepted" || outcome.status === "corrected") {
      available = formatTime(outcome.available);
      return [];
    }
    return [{ event: i + 1, status: outcome.status, ...whyOf(outcome) }];
  });
  return { ...counts, others, available };
}

function whyOf(outcome: Outcome): { readonly code?: string; readonly message?: string; readonly cure?: string } {
  if (outcome.status === "dead") return { code: outcome.code, message: outcome.what };
  if (outcome.status !== "refused") return {};
  const { code, what, cure }: AsofError = outcome.error;
  return { code, message: what, ...(cure === undefined ? {} : { cure }) };
}

/** What is told of a source's stream. */
function tell({ queuedBytes: _, upTo, ...told }: SourceState): Readonly<Record<string, unknown>> {
  return { ...told, upTo: Number.isFinite(upTo) ? formatTime(upTo) : null };
}
