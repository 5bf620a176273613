// The server of features: a thin shell over the in-process store.
import { isUnreachable } from "../errors.ts";
import { answerWriter, type AnswerWriter } from "./answer-text.ts";
import { decodeBody, parseBody } from "./wire.ts";
import { describe } from "./describe.ts";
import { featureOpenApi } from "./feature-openapi.ts";
import { featureMetrics, type CountAnswer, type FeatureMetrics } from "./feature-metrics.ts";
import { metricsAnswer, type GatherReports, type Report } from "./metrics.ts";
import { serveRoutes, type RequestLog, type Serving } from "./http.ts";
import type { Route } from "./routes.ts";
import type { ServicePlan } from "../plan/service-plan.ts";
import type { Store } from "../feature-store.ts";

/** Where the server listens, and who hears of defects. */
export interface ServeOptions {
  /** 7600 by default; 0 takes any free port. */
  readonly port?: number;
  /** 127.0.0.1 by default: this machine only. */
  readonly host?: string;
  /** Called with what is answered by a bare 500. */
  readonly onDefect?: (error: unknown) => void;
  /** Where requests are told of, a line of JSON each; nowhere by default. */
  readonly log?: RequestLog;
  /** Where several processes answer as one server: gives the metrics of all. */
  readonly gather?: GatherReports;
}

/**
 * Serves a store over HTTP: `POST /v1/features/{service}`, `GET /v1/services`, `GET /v1/services/{service}`, `/health`,
 * `/ready`, `/metrics`, `/openapi.json`. The store stays open when the server is closed. Throws a `UsageError` if it cannot listen.
 */
export function serve(store: Store, { port = 7600, host = "127.0.0.1", onDefect, log, gather = alone }: ServeOptions = {}): Promise<Serving> {
  const metrics = featureMetrics(store);
  return serveRoutes(routesOf(store, metrics, gather(metrics.report)), store.config.limits, { port, host, onDefect, log, onAnswered: metrics.answered });
}

const alone: GatherReports = (own) => async () => [await own()];

/** What is done with answers of a service. */
interface Service {
  readonly write: AnswerWriter;
  readonly count: CountAnswer;
}

function routesOf(store: Store, metrics: FeatureMetrics, reports: () => Promise<readonly Report[]>): Route[] {
  const services: ReadonlyMap<ServicePlan, Service> = new Map(
    store.services.map((plan) => [plan, { write: answerWriter(plan), count: metrics.counter(plan) }]),
  );
  return [
    {
      method: "POST",
      path: "/v1/features/{service}",
      answer: async ({ name, body }) => {
        const plan = store.plan(name);
        const { many, inputs } = decodeBody(parseBody(body), store.config.limits.inputs);
        const { write, count } = services.get(plan) as Service;
        const answers = await store.answer(plan, inputs);
        for (const answer of answers) count(answer);
        const texts = answers.map(write);
        return { text: many ? `{"answers":[${texts.join()}]}` : (texts[0] as string) };
      },
    },
    { method: "GET", path: "/v1/services", answer: () => ({ json: { services: store.services.map(({ name, version }) => ({ name, version })) } }) },
    { method: "GET", path: "/v1/services/{service}", answer: ({ name }) => ({ json: describe(store.plan(name)) }) },
    { method: "GET", path: "/openapi.json", answer: () => ({ json: featureOpenApi(store.services, store.config.limits) }) },
    { method: "GET", path: "/metrics", answer: async () => metricsAnswer(await reports()) },
    { method: "GET", path: "/health", answer: () => ({ json: { status: "ok", servingLog: store.logState() } }) },
    {
      method: "GET",
      path: "/ready",
      answer: async () => {
        const problems = await store.problems().catch((error: unknown) => {
          if (isUnreachable(error)) return [error.message];
          throw error;
        });
        return { status: problems.length === 0 ? 200 : 503, json: { ready: problems.length === 0, problems } };
      },
    },
  ];
}
